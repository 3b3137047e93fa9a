/** autoscaling/v1 Scale: how many of something are wanted and there. */
import { kind } from './meta.ts';
import { field, int32, string, struct } from './type.ts';

const GROUP = 'io.k8s.api.autoscaling.v1';

export const scale = kind(`${GROUP}.Scale`, 'Scale is how many of something are wanted, and how many are there.', {
  spec: field(
    struct(`${GROUP}.ScaleSpec`, 'ScaleSpec is what is wanted.', {
      replicas: field(int32, 'How many are wanted.', { default: 0 }),
    }),
    'What is wanted.',
  ),
  status: field(
    struct(`${GROUP}.ScaleStatus`, 'ScaleStatus is the present state.', {
      replicas: field(int32, 'How many are there.', { empty: 'always', required: true }),
      selector: field(string, 'Selects them, as a label selector in text form.'),
    }),
    'The present state.',
  ),
});
