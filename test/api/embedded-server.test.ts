import { EmbeddedJudge } from './judge.ts';
import { describeSchemas } from './suite.ts';

describeSchemas('the embedded API server', () => new EmbeddedJudge());
