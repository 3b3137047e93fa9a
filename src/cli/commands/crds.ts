import { defineCommand } from '../command.ts';
import { definitionTexts } from '../definitions.ts';
import { choice, withDefault } from '../flags.ts';

export const crds = defineCommand({
  name: 'crds',
  summary: 'print the definitions of the kinds, for kubectl apply -f -',
  description: [
    'Prints the CustomResourceDefinitions of all kinds of the group orrery.dev. A cluster needs them before it takes a ' +
      'Host or a VirtualMachine; `orrery up` applies them to its own API server by itself.',
  ],
  flags: {
    output: withDefault(
      choice(['yaml', 'json'], { short: 'o', about: 'yaml: many documents; json: one v1 List.' }),
      'yaml' as const,
    ),
  },
  examples: [
    {
      does: 'a cluster of your own (kind, k3s, …): definitions first, then the two programs',
      type: 'orrery crds | kubectl apply -f -\norrery datacenter --kubeconfig ~/.kube/config\norrery controllers --kubeconfig ~/.kube/config',
    },
    { does: 'the names of the kinds', type: "orrery crds -o json | jq -r '.items[].spec.names.kind'" },
  ],
  async run({ flags, terminal }) {
    const texts = definitionTexts();
    if (flags.output === 'yaml') {
      terminal.out(texts.map((text) => (text.startsWith('---') ? text : `---\n${text}`)).join(''));
      return 0;
    }
    const { parse } = await import('yaml');
    const items = texts.map((text) => parse(text));
    terminal.out(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: {}, items }, null, 2)}\n`);
    return 0;
  },
});
