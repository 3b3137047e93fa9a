import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifests, parseManifests } from '../../../src/cli/manifests/load.ts';

const host = (name: string) => `apiVersion: orrery.dev/v1alpha1\nkind: Host\nmetadata: {name: ${name}}\n`;
const namesIn = (text: string) => parseManifests(text, 'f').map(({ object }) => object.metadata.name);
const specOf = (spec: string) =>
  parseManifests(`${host('a')}spec:\n${spec.replace(/^/gm, '  ')}\n`, 'f')[0]!.object['spec'];

describe('a text', () => {
  it('may hold many documents, empty ones, and comments', () => {
    expect(namesIn(`# first\n---\n${host('a')}---\n# nothing\n---\n---\n${host('b')}...\n---\n${host('c')}`)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(namesIn('')).toEqual([]);
    expect(namesIn('# nothing at all\n')).toEqual([]);
  });

  it('may be JSON, one object or a List', () => {
    const object = (name: string) => ({ apiVersion: 'orrery.dev/v1alpha1', kind: 'Host', metadata: { name } });
    expect(namesIn(JSON.stringify(object('a')))).toEqual(['a']);
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [object('a'), { ...object('x'), kind: 'HostList', items: [object('b')] }],
    };
    expect(namesIn(JSON.stringify(list, null, 2))).toEqual(['a', 'b']);
    expect(namesIn(`${JSON.stringify(object('a'))}\n---\n${JSON.stringify(object('b'))}`)).toEqual(['a', 'b']);
  });

  it('may hold a List as YAML, empty or not', () => {
    const item = host('a').trim().replace(/\n/g, '\n  ');
    expect(namesIn(`apiVersion: v1\nkind: List\nitems:\n- ${item}\n`)).toEqual(['a']);
    expect(namesIn('apiVersion: v1\nkind: List\nitems: []\n')).toEqual([]);
  });

  it('is read with the eyes of kubectl, which are those of YAML 1.1 for booleans and octals', () => {
    expect(
      specOf(
        'a: yes\nb: Off\nc: "on"\nd: 010\ne: 2010-11-01T00:00:00Z\nf: 12:30\ng: 1e3\nh: ~\ni: 1_000\nj: 0b11\nk: -0x1F\nl: 08\nm: y',
      ),
    ).toEqual({
      a: true,
      b: false,
      c: 'on',
      d: 8,
      e: '2010-11-01T00:00:00Z',
      f: '12:30',
      g: 1000,
      h: null,
      i: 1000,
      j: 3,
      k: -31,
      l: 8,
      m: true,
    });
  });

  it('takes a bare Yes or n for the boolean that it is to kubectl, but On and Off of power for words', () => {
    expect(specOf('power: Off\nx: {power: On}\ntags: [On, Yes, n, "n", Suspended]')).toEqual({
      power: 'Off',
      x: { power: 'On' },
      tags: [true, true, false, 'n', 'Suspended'],
    });
    expect(specOf('power: true')).toEqual({ power: true });
  });

  it('is warned of once where kubectl would be refused', async () => {
    const said: string[] = [];
    const text =
      'apiVersion: v1\nkind: X\nmetadata: {name: a}\nspec:\n  power: "Off" # power: On\n  x: {power: Off}\n  power2: On\n';
    await loadManifests(['-'], { folder: '/', readInput: async () => text, err: (line) => said.push(line) });
    expect(said).toEqual([
      'orrery: warning: standard input:6: kubectl reads a bare Off as a boolean, and is refused: put it in quotes, "Off"\n',
    ]);
  });

  it('is not warned of for a text that only speaks of power', async () => {
    const said: string[] = [];
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  note: |\n    power: On\n';
    await loadManifests(['-'], { folder: '/', readInput: async () => text, err: (line) => said.push(line) });
    expect(said).toEqual([]);
  });

  it('may share parts by anchors and merges', () => {
    expect(specOf('a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}')).toEqual({ a: { x: 1, z: 2 }, b: { x: 1, z: 3 } });
  });

  it('keeps a key that is called __proto__ for what it is', () => {
    const spec = specOf('"__proto__": {polluted: true}') as object;
    expect(Object.keys(spec)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['a: b: c', 1, 'Nested mappings'],
    [`${host('a')}---\n${host('b')}spec:\n  x: 1\n  x: 2\n`, 10, 'Map keys must be unique: x'],
    [`${host('a')}spec:\n\tx: 1\n`, 5, 'Tabs are not allowed'],
    ['\n\nspec: {}', 3, 'apiVersion is missing'],
    ['apiVersion: v1\nspec: {}', 1, 'kind is missing'],
    ['apiVersion: 1\nkind: X', 1, 'apiVersion must be a text'],
    ['- a\n- b', 1, 'an object is expected'],
    ['hello', 1, 'an object is expected'],
    ['apiVersion: v1\nkind: ConfigMap\n', 1, 'ConfigMap: metadata is missing'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', 1, 'metadata.name is missing'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 5}\n', 1, 'metadata.name must be a text (in quotes)'],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n', 1, 'give a metadata.name'],
    ['apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n', 1, 'items[0]: kind is missing'],
    [`${host('a')}spec: *nothing\n`, 4, 'nothing'],
    [`${host('a')}spec:\n  x: .inf\n`, 5, '.inf cannot be written as JSON'],
    ['{"apiVersion": "v1",\n "kind": }}', 2, ''],
  ])('%j is refused on line %d', (text, line, message) => {
    expect(() => parseManifests(text, 'rack.yaml')).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', message: expect.stringContaining(`rack.yaml:${line}: `) }),
    );
    expect(() => parseManifests(text, 'rack.yaml')).toThrow(message);
  });

  it('is refused when its aliases multiply without end', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i}: &l${i} [${Array(9).fill(i === 0 ? 'x' : `*l${i - 1}`)}]`,
    );
    expect(() => specOf(levels.join('\n'))).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
  });
});

describe('sources', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery manifests '));
  fs.mkdirSync(path.join(folder, 'racks/deeper'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'empty'));
  fs.writeFileSync(path.join(folder, 'one.yaml'), host('one'));
  fs.writeFileSync(path.join(folder, 'racks/b.yml'), host('b'));
  fs.writeFileSync(path.join(folder, 'racks/a.json'), '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}');
  fs.writeFileSync(path.join(folder, 'racks/notes.md'), 'not a manifest');
  fs.writeFileSync(path.join(folder, 'racks/deeper/c.yaml'), host('c'));
  const load = (...sources: string[]) => loadManifests(sources, { folder, readInput: async () => host('typed') });

  it('are files, folders and standard input, in the order given', async () => {
    const { manifests, files } = await load('one.yaml', 'racks', '-');
    expect(manifests.map(({ object, file }) => [object.metadata.name, file])).toEqual([
      ['one', 'one.yaml'],
      ['a', 'racks/a.json'],
      ['b', 'racks/b.yml'],
      ['typed', 'standard input'],
    ]);
    expect(files).toEqual(['one.yaml', 'racks/a.json', 'racks/b.yml', 'standard input']);
  });

  it('are each read once', async () => {
    expect((await load('one.yaml', 'one.yaml')).manifests).toHaveLength(1);
  });

  it.each([
    ['nowhere.yaml', 'cannot read nowhere.yaml: there is no such file (check the path)'],
    ['one.yaml/x', 'cannot read one.yaml/x: a part of the path is a file (check the path)'],
    ['empty', 'cannot read empty: the folder holds no .yaml, .yml or .json file (folders in it are not searched)'],
  ])('%s is refused by name', async (source, message) => {
    await expect(load(source)).rejects.toThrow(message);
  });
});

describe('the line of a field', () => {
  const text = `# a rack
${host('a')}---

${host('b')}spec:
  nics:
    - network: lan
    - network: wan
      limitMbps: -1
  labels: {"a.b/c": 1}
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata:
      name: c
`;
  const lines = async (index: number, ...fields: string[]) => {
    const { manifests, lineOf } = await loadManifests(['-'], { folder: '/', readInput: async () => text });
    return fields.map((field) => lineOf(manifests[index]!, field));
  };

  it('is found through maps, lists and quoted keys', async () => {
    expect(await lines(1, 'spec', 'spec.nics[1].limitMbps', 'spec.nics[0]', 'spec.labels[a.b/c]')).toEqual([
      10, 14, 12, 15,
    ]);
  });

  it('is that of the innermost part that is there', async () => {
    expect(await lines(1, 'spec.nics[1].mac', 'spec.nics[7]', 'status')).toEqual([13, 11, 7]);
  });

  it('is found in the items of a List', async () => {
    expect(await lines(2, 'metadata.name')).toEqual([23]);
  });
});
