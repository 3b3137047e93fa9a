import type { Condition } from '../api/meta.ts';

/** What a condition shall say; an undefined status takes it out. Time and generation are added when it is written. */
export interface Said<Type extends string = string> {
  readonly type: Type;
  readonly status: Condition['status'] | undefined;
  readonly reason: string;
  readonly message: string;
}

export function absent<Type extends string>(type: Type): Said<Type> {
  return { type, status: undefined, reason: '', message: '' };
}

/** Whether the conditions say it already, word for word. */
export function isSaid(conditions: readonly Condition[] | undefined, { type, status, reason, message }: Said): boolean {
  const present = conditions?.find((condition) => condition.type === type);
  if (status === undefined || present === undefined) return status === present?.status;
  return present.status === status && present.reason === reason && present.message === message;
}
