import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/clock.ts';
import { StopRequests } from '../../src/programs/stop-requests.ts';

function requests() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const stops = new StopRequests(clock, {
    stop: ({ reason }) => told.push(`stop ${reason}`),
    force: ({ reason }) => told.push(`force ${reason}`),
  });
  return { clock, told, receive: (reason: string) => stops.receive({ reason }) };
}

describe('requests to stop', () => {
  it('are one, however many ways the same ctrl-C came', () => {
    const { clock, told, receive } = requests();
    receive('SIGINT');
    receive('SIGINT');
    clock.jumpTo(900);
    receive('SIGTERM');
    receive('the parent process is gone');
    expect(told).toEqual(['stop SIGINT']);
  });

  it('force when somebody asks again later', () => {
    const { clock, told, receive } = requests();
    receive('SIGINT');
    clock.jumpTo(1500);
    receive('SIGINT');
    expect(told).toEqual(['stop SIGINT', 'force SIGINT']);
  });
});
