import { Worker } from 'node:worker_threads';

/** Keeps as many processors busy as there are workers, until it is stopped. */
export function cpuLoad(workers = 3): () => Promise<unknown> {
  const all = Array.from({ length: workers }, () => new Worker('for (let i = 0; ; i++) Math.sqrt(i);', { eval: true }));
  return () => Promise.all(all.map((worker) => worker.terminate()));
}
