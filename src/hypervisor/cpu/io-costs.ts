export { ioOf } from '../workload/io-load.ts';
