/**
 * Property tests draw from one seed, so that a run says the same twice; `ORRERY_PROPERTY_SEED=fresh` draws anew and any
 * number repeats a failure that fast-check printed. A seed that found a bug is kept in its test as an example.
 */
import fc from 'fast-check';

const asked = process.env['ORRERY_PROPERTY_SEED'] ?? '20260701';
if (asked !== 'fresh') fc.configureGlobal({ seed: Number(asked) });
