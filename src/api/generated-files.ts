import { stringify } from 'yaml';
import { customResourceDefinition } from './crd.ts';
import { definitions } from './kinds.ts';
import { reference } from './reference.ts';
import { GROUP } from './resources.ts';

/**
 * Everything that is made from the schemas: text by path in the project. YAML is 1.1, as kubectl reads it, so that On and
 * Off are quoted.
 */
export function generatedFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const definition of definitions) {
    const crd = customResourceDefinition(definition);
    const yaml = stringify(crd, { lineWidth: 120, aliasDuplicateObjects: false, version: '1.1' });
    const head = '# Made by npm run generate from src/api; do not edit.\n';
    files.set(`crds/${GROUP}_${definition.type.plural}.yaml`, head + yaml);
  }
  files.set('docs/reference.md', reference(definitions));
  return files;
}
