import { describeClient } from './suite.ts';
import { direct } from './transports.ts';

describeClient('direct', direct);
