import type { CommandTopic } from '../kubectl.ts';

export const commandTopics: readonly CommandTopic[] = [];
