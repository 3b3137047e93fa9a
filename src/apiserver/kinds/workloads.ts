/** Kinds that clients look for and that nobody has here: pods, nodes, services. Only their outlines. */
import { kind } from './meta.ts';
import { any, field } from './type.ts';

const CORE = 'io.k8s.api.core.v1';
const outline = {
  spec: field(any, 'What is wanted.', { empty: 'pointer' }),
  status: field(any, 'The present state.', { empty: 'pointer' }),
};

export const pod = kind(`${CORE}.Pod`, 'Pod is a group of containers; there are none here.', outline);
export const node = kind(`${CORE}.Node`, 'Node is a machine that runs pods; there are none here.', outline);
export const service = kind(`${CORE}.Service`, 'Service is a name for pods; there are none here.', outline);
