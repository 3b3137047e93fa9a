/** Pieces of status that several kinds share. */
import { choice, type Field, integer, list, number, object, reportedQuantity, required, text, time } from './schema.ts';

/** What `status` is before anybody wrote it: kstatus then reads "in progress" instead of "current". */
export const unwrittenStatus = { observedGeneration: -1 } as const;

const condition = object('One aspect of the state of the object.', {
  type: required(
    text('What it is about, in CamelCase, as Ready.', {
      maxLength: 316,
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
    }),
  ),
  status: required(choice('True, False, or Unknown when it cannot be told now.', ['True', 'False', 'Unknown'])),
  reason: required(
    text('A stable CamelCase word that says why; programs may rely on it.', {
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    }),
  ),
  message: required(text('The same for people, with the numbers that drove the decision.', { maxLength: 32768 })),
  lastTransitionTime: required(time('When the status last changed from one value to another.')),
  observedGeneration: integer('The metadata.generation that it was set for.', { minimum: 0 }),
});

export const observedGeneration = integer(
  'The metadata.generation that the rest of status describes; -1 until somebody has looked at the object. Smaller than metadata.generation: a change of spec has not been dealt with yet.',
  { minimum: -1 },
);

/** @param names the conditions of the kind, in order */
export function conditions(
  names: readonly string[],
): Field<readonly (typeof condition extends Field<infer C> ? C : never)[]> {
  return list(`What is true of the object, one entry per type: ${names.join(', ')}.`, condition, {
    type: { keys: ['type'] },
    maxItems: 32,
  });
}

/** CPU and memory side by side. */
export function usage(description: string) {
  return object(description, {
    cpuMHz: integer('Processor, in MHz.', { minimum: 0 }),
    memory: reportedQuantity('Memory, in bytes.'),
  });
}

/** How much of the time something was there. */
export function availability(of: string) {
  return object(`How much of the time ${of} could be used, since it was first meant to run.`, {
    percent: number('Share of the time since `since`, in percent.', { minimum: 0 }),
    downSeconds: number('Simulated seconds that it was wanted and not there.', { minimum: 0 }),
    since: time('When counting began.'),
  });
}
