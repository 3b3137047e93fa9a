import type { Topic } from './step.ts';
import { access } from './topics/access.ts';
import { bodies } from './topics/bodies.ts';
import { builtIns } from './topics/built-ins.ts';
import { columns } from './topics/columns.ts';
import { configMaps } from './topics/config-maps.ts';
import { customResources } from './topics/custom-resources.ts';
import { definitions } from './topics/definitions.ts';
import { discovery } from './topics/discovery.ts';
import { forms } from './topics/forms.ts';
import { kindsTopic } from './topics/kinds.ts';
import { namespaces } from './topics/namespaces.ts';
import { pages } from './topics/pages.ts';
import { paths } from './topics/paths.ts';
import { policyTopic } from './topics/policies.ts';
import { queriesTopic } from './topics/queries.ts';
import { questions } from './topics/questions.ts';
import { watches } from './topics/watches.ts';
import { writes } from './topics/writes.ts';

export const topics: readonly Topic[] = [
  namespaces,
  configMaps,
  pages,
  columns,
  watches,
  builtIns,
  customResources,
  definitions,
  access,
  paths,
  policyTopic,
  discovery,
  forms,
  queriesTopic,
  bodies,
  kindsTopic,
  questions,
  writes,
];
