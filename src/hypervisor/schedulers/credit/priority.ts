/** Priorities of the credit scheduler. Only their order matters. */
export const PRIORITY_IDLE = 0;
/** Has used up its credit. */
export const PRIORITY_OVER = 1;
export const PRIORITY_UNDER = 2;
/** Has just woken from UNDER. */
export const PRIORITY_BOOST = 3;

export type PriorityName = 'IDLE' | 'OVER' | 'UNDER' | 'BOOST';
export const priorityNames: readonly PriorityName[] = ['IDLE', 'OVER', 'UNDER', 'BOOST'];
