import type { RecordedAnswer } from './step.ts';

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** What says which program it is, or where it runs, or is documentation. */
const UNEQUAL = [
  'uid',
  'description',
  'kubernetes.io/description',
  'compiler',
  'gitCommit',
  'gitTreeState',
  'goVersion',
  'buildDate',
  'serverAddress',
  'storageVersionHash',
  'ca.crt',
];
/** Lists whose order is that of Go's maps, or depends on which second something happened in. */
const UNORDERED = ['causes', 'managedFields', 'resourceRules', 'nonResourceRules', 'required'];

/** Reads an answer's body: JSON, or JSON by lines, or lines of text. */
export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const lines = text.replace(/\n$/, '').split('\n');
    return lines.map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return line;
      }
    });
  }
}

/**
 * An answer without what no two servers have in common: uids, versions, times, texts of documentation, the order of
 * keys, and the order of errors, which is the order of Go's maps.
 * @param namespace the topic's, which differs between runs
 */
export function comparable(answer: RecordedAnswer, namespace: string): RecordedAnswer {
  const text = JSON.stringify(answer).replaceAll(namespace, 'NAMESPACE');
  return masked(JSON.parse(text), '') as RecordedAnswer;
}

function masked(value: unknown, key: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => masked(item, key));
    return UNORDERED.includes(key) ? items.sort(byText) : items;
  }
  if (typeof value === 'string') return maskedText(value, key);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, masked(item, name)]));
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function maskedText(text: string, key: string): string {
  if (UNEQUAL.includes(key)) return `<${key}>`;
  if (key === 'location') return text.replace(/hash=[0-9A-F]{128}$/, 'hash=<hash>');
  if (key === 'resourceVersion') return text === '' || text === '0' ? text : '<revision>';
  if (key === 'continue') return text === '' ? '' : '<continue>';
  if (key === 'username') return text.replace(/^orrery-admin$/, 'admin');
  // As they are called outside of ../shared/kube.
  if (key === 'manager') return text.replace(/^(controller-manager|apiserver)$/, 'kube-$1');
  if (key === 'name') return generated(text);
  if (key === 'cells') return text.replace(/^\d+(s|m\d*s?|h)$/, '<age>').replace(TIME, '<time>');
  const plain = text.replace(UID, '<uid>').replace(TIME, '<time>');
  return key === 'message' || key === 'warnings'
    ? message(plain)
    : plain.replace(/^( *resourceVersion: )"\d+"$/, '$1N');
}

/** Names that generateName has made. */
const generated = (text: string) => text.replace(/^(Bad_|abc\.|no-gen\.)[a-z0-9]{5}$/, '$1<name>');

function message(text: string): string {
  const masked = text
    .replace(/((resource ?version|current):? \(?)\d+/gi, '$1N')
    .replace(/\\*"resourceVersion\\*":\\*"\d+/g, '"resourceVersion":"N')
    .replace(/(record|version: \d+) \(\d+\)/g, '$1 (N)')
    .replace(/meta: \d+/, 'meta: N')
    .replace(/Requeued .*/, '')
    .replace(/(Bad_|abc\.|no-gen\.)[a-z0-9]{5}\b/g, '$1<name>');
  const list = /^(.* is invalid: )\[(.*)\]$/s.exec(masked);
  return list === null ? masked : `${list[1]}[${list[2]!.split(', ').sort().join(', ')}]`;
}
