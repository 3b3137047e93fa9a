/** The busiest that a device is reckoned with: beyond, requests wait at their sender. */
const MOST_BUSY = 0.95;

/**
 * Mean time from a request to its answer at a device that takes `serviceMs` for one that does not wait and is busy for
 * the part `load` of its time: service / (1 - load), as for a queue with one server and random arrivals (M/M/1). At
 * a device that is full it is twenty times the service time; what is asked beyond is not queued but slowed down.
 */
export function responseMs(serviceMs: number, load: number): number {
  return serviceMs / (1 - Math.min(MOST_BUSY, Math.max(0, load)));
}
