import type { CommandTopic } from '../kubectl.ts';
import { applying } from './applying.ts';
import { looking } from './looking.ts';
import { making } from './making.ts';
import { removing } from './removing.ts';

export const commandTopics: readonly CommandTopic[] = [looking, applying, making, removing];
