/** Fields of the objects that ask for something once: Migration, Recommendation, Clone. */
import { TTL_SECONDS } from './defaults.ts';
import { choice, integer, time } from './schema.ts';
import { requesters } from './words.ts';

export const requested = {
  requestedBy: choice('Who asked: a User, or one of the controllers.', requesters, { default: 'User' }),
  ttlSecondsAfterFinished: integer('Simulated seconds after which it is deleted once it has ended, well or badly.', {
    minimum: 0,
    maximum: 31_622_400,
    default: TTL_SECONDS,
  }),
};

export const times = {
  startedAt: time('When work on it began, in simulated time.'),
  finishedAt: time('When it ended, in simulated time.'),
};
