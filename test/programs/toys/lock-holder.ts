/** Takes a lock, says so, and keeps it until it is killed, or told on standard input that it is stopping. */
import { systemClock } from '../../../src/base/system.ts';
import { DataFolder } from '../../../src/programs/data-folder.ts';
import { InstanceLock } from '../../../src/programs/instance-lock.ts';

const [folder, program, supervised] = process.argv.slice(2);
const request = { program: program!, supervised: supervised === 'supervised', patienceMs: 0 };
const lock = await InstanceLock.take(DataFolder.open(folder!), request, systemClock);
process.stdout.write('taken\n');
process.stdin.on('data', () => {
  lock.announceStop();
  setTimeout(() => {
    lock.release();
    process.exit(0);
  }, 600);
});
