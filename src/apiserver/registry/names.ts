/**
 * What names, labels and keys may look like: apimachinery, pkg/api/validate/content, whose texts these are. Each check
 * returns what is wrong, in words; an empty list means the value is fine.
 */

/** Says what is wrong with a name. `prefix`: something will be appended to it, as to a generateName. */
export type NameCheck = (name: string, prefix?: boolean) => string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${LABEL_KEY})?`;
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';

const labelPattern = new RegExp(`^${LABEL}$`);
const subdomainPattern = new RegExp(`^${SUBDOMAIN}$`);
const labelKeyPattern = new RegExp(`^${LABEL_KEY}$`);
const labelValuePattern = new RegExp(`^${LABEL_VALUE}$`);
const dns1035Pattern = new RegExp(`^${DNS_1035}$`);

/** Labels are measured in bytes; names too, but their errors say characters (pkg/util/validation). */
type Unit = 'bytes' | 'characters';
const tooLong = (limit: number, unit: Unit = 'bytes') => `must be no more than ${limit} ${unit}`;

function badPattern(message: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

const bytes = (text: string) => (isAscii(text) ? text.length : Buffer.byteLength(text));

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is meant
const isAscii = (text: string) => /^[\x00-\x7f]*$/.test(text);

/** RFC 1123 label: names of namespaces. */
export function dnsLabelProblems(value: string): string[] {
  const problems: string[] = [];
  if (bytes(value) > 63) problems.push(tooLong(63, 'characters'));
  if (!labelPattern.test(value)) {
    problems.push(
      subdomainPattern.test(value)
        ? 'must not contain dots'
        : badPattern(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            LABEL,
            'my-name',
            '123-abc',
          ),
    );
  }
  return problems;
}

/** RFC 1123 subdomain: names of most objects. */
export function dnsSubdomainProblems(value: string, unit: Unit = 'characters'): string[] {
  const problems: string[] = [];
  if (bytes(value) > 253) problems.push(tooLong(253, unit));
  if (!subdomainPattern.test(value)) {
    problems.push(
      badPattern(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return problems;
}

export function dns1035Problems(value: string): string[] {
  const problems: string[] = [];
  if (bytes(value) > 63) problems.push(tooLong(63, 'characters'));
  if (!dns1035Pattern.test(value)) {
    problems.push(
      badPattern(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        DNS_1035,
        'my-name',
        'abc-123',
      ),
    );
  }
  return problems;
}

const LABEL_KEY_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** `name` or `prefix/name`: keys of labels and annotations, finalizers. */
export function labelKeyProblems(value: string): string[] {
  const slash = value.indexOf('/');
  if (slash >= 0 && value.indexOf('/', slash + 1) >= 0) {
    const text = badPattern(`a valid label key ${LABEL_KEY_TEXT}`, LABEL_KEY, 'MyName', 'my.name', '123-abc');
    return [`${text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const problems: string[] = [];
  const name = value.slice(slash + 1);
  if (slash === 0) problems.push('prefix part must be non-empty');
  else if (slash > 0) {
    for (const problem of dnsSubdomainProblems(value.slice(0, slash), 'bytes')) problems.push(`prefix part ${problem}`);
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (bytes(name) > 63) problems.push(`name part ${tooLong(63)}`);
  if (!labelKeyPattern.test(name)) {
    problems.push(`name part ${badPattern(LABEL_KEY_TEXT, LABEL_KEY, 'MyName', 'my.name', '123-abc')}`);
  }
  return problems;
}

export function labelValueProblems(value: string): string[] {
  const problems: string[] = [];
  if (bytes(value) > 63) problems.push(tooLong(63));
  if (!labelValuePattern.test(value)) {
    problems.push(
      badPattern(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return problems;
}

/** What can stand between two slashes of a path: the least that every name must be. */
export const pathSegmentProblems: NameCheck = (name, prefix) => {
  if (prefix !== true && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
};

/** A name to which something will be appended may end in a dash. Upstream puts an `a` for the last two characters. */
function forPrefix(check: (value: string) => string[]): NameCheck {
  return (name, prefix) =>
    check(prefix === true && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);
}

export const subdomainName = forPrefix(dnsSubdomainProblems);
export const labelName = forPrefix(dnsLabelProblems);

/** The letters of generated name suffixes: no vowels, nothing that looks like something else. */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** A generated name: the base, cut so that the whole has at most 63 characters, and 5 random letters. */
export function generatedName(base: string, random: { text(length: number, alphabet: string): string }): string {
  return `${base.slice(0, 63 - SUFFIX_LENGTH)}${random.text(SUFFIX_LENGTH, SUFFIX_LETTERS)}`;
}
