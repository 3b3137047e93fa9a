import { goQuote } from '../../go-format.ts';
import { type FunctionDeclaration, fn, member, overload } from '../declaration.ts';
import { BOOL, INT, STRING, structOf } from '../type.ts';
import { EvaluationError, Opaque, toInt, type Value } from '../value.ts';

/** `kubernetes.Semver`: a version of Semantic Versioning 2.0. Build metadata does not count in comparisons. */
class Semver extends Opaque {
  readonly typeName = 'kubernetes.Semver';
  /** major, minor, patch */
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly (string | bigint)[];

  constructor(numbers: readonly bigint[], prerelease: readonly (string | bigint)[]) {
    super();
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && this.compare(other) === 0;
  }

  compare(other: Semver): number {
    for (const [index, number] of this.numbers.entries()) {
      if (number !== other.numbers[index]) return number < other.numbers[index]! ? -1 : 1;
    }
    const [mine, theirs] = [this.prerelease, other.prerelease];
    if (mine.length === 0 || theirs.length === 0) return Math.sign(theirs.length - mine.length);
    for (const [index, part] of mine.entries()) {
      const against = theirs[index];
      if (against === undefined) return 1;
      if (part === against) continue;
      // Numbers come before words.
      if (typeof part !== typeof against) return typeof part === 'bigint' ? -1 : 1;
      return part < against ? -1 : 1;
    }
    return mine.length < theirs.length ? -1 : 0;
  }
}

const LIMIT = 2n ** 64n;
const fail = (message: string) => new EvaluationError(message);

function number(text: string, name: string): bigint {
  const label = name.toLowerCase();
  if (!/^[0-9]*$/.test(text)) throw fail(`Invalid character(s) found in ${label} number ${goQuote(text)}`);
  if (text.length > 1 && text.startsWith('0')) {
    throw fail(`${name} number must not contain leading zeroes ${goQuote(text)}`);
  }
  return unsigned(text);
}

function unsigned(text: string): bigint {
  if (text === '') throw fail('strconv.ParseUint: parsing "": invalid syntax');
  const value = BigInt(text);
  if (value >= LIMIT) throw fail(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
  return value;
}

function prereleasePart(text: string): string | bigint {
  if (text === '') throw fail('Prerelease is empty');
  if (/^[0-9]+$/.test(text)) {
    if (text.length > 1 && text.startsWith('0')) {
      throw fail(`Numeric PreRelease version must not contain leading zeroes ${goQuote(text)}`);
    }
    return unsigned(text);
  }
  if (/^[0-9A-Za-z-]+$/.test(text)) return text;
  throw fail(`Invalid character(s) found in prerelease ${goQuote(text)}`);
}

function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** @throws EvaluationError in the words of github.com/blang/semver */
function parse(text: string): Semver {
  if (text === '') throw fail('Version string empty');
  const [first, rest] = cut(text, '.');
  const [second, third] = cut(rest ?? '', '.');
  if (third === undefined) throw fail('No Major.Minor.Patch elements found');
  const major = number(first, 'Major');
  const minor = number(second, 'Minor');
  const [core, build] = cut(third, '+');
  const [digits, prerelease] = cut(core, '-');
  const patch = number(digits, 'Patch');
  const parts = prerelease?.split('.').map(prereleasePart) ?? [];
  for (const part of build?.split('.') ?? []) {
    if (part === '') throw fail('Build meta data is empty');
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw fail(`Invalid character(s) found in build meta data ${goQuote(part)}`);
  }
  return new Semver([major, minor, patch], parts);
}

/** Without `v` and leading zeros, and with the numbers that were left out. */
function normalized(text: string): string {
  const [first, rest] = cut(text.replace(/^v/, ''), '.');
  const [second, third] = rest === undefined ? [undefined, undefined] : cut(rest, '.');
  const parts = [first, second, third].filter((part) => part !== undefined).map(withoutZeros);
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!)) {
    throw fail('short version cannot contain PreRelease/Build meta data');
  }
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}

function withoutZeros(part: string): string {
  if (part.length <= 1) return part;
  const stripped = part.replace(/^0+/, '');
  return /^[0-9]/.test(stripped) ? stripped : `0${stripped}`;
}

function read(text: Value | undefined, normalize: Value | undefined): Semver {
  return parse(normalize === true ? normalized(text as string) : (text as string));
}

function isSemver(text: Value | undefined, normalize: Value | undefined): boolean {
  try {
    read(text, normalize);
    return true;
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}

const TYPE = structOf('kubernetes.Semver');
const PAIR = [TYPE, TYPE];
const semver = (value: Value | undefined) => value as Semver;

/** k8s.io/apiserver, pkg/cel/library/semverlib.go */
export const semverFunctions: readonly FunctionDeclaration[] = [
  fn('semver', [
    overload('string_to_semver', [STRING], TYPE, (text) => read(text, false)),
    overload('string_bool_to_semver', [STRING, BOOL], TYPE, (text, normalize) => read(text, normalize)),
  ]),
  fn('isSemver', [
    overload('is_semver_string', [STRING], BOOL, (text) => isSemver(text, false)),
    overload('is_semver_string_bool', [STRING, BOOL], BOOL, (text, normalize) => isSemver(text, normalize)),
  ]),
  fn('isGreaterThan', [member('semver_is_greater_than', PAIR, BOOL, (a, b) => semver(a).compare(semver(b)) > 0)]),
  fn('isLessThan', [member('semver_is_less_than', PAIR, BOOL, (a, b) => semver(a).compare(semver(b)) < 0)]),
  fn('compareTo', [member('semver_compare_to', PAIR, INT, (a, b) => semver(a).compare(semver(b)))]),
  ...['major', 'minor', 'patch'].map((name, index) =>
    fn(name, [member(`semver_${name}`, [TYPE], INT, (a) => toInt(BigInt.asIntN(64, semver(a).numbers[index]!)))]),
  ),
];
