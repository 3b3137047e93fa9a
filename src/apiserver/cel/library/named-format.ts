import { stringFormats } from '../../formats/string-formats.ts';
import { parseUrl } from '../../formats/url.ts';
import {
  dns1035Problems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelKeyProblems,
  labelValueProblems,
} from '../../registry/names.ts';
import { type FunctionDeclaration, fn, member, overload } from '../declaration.ts';
import { listOf, optionalOf, STRING, structOf } from '../type.ts';
import { ArrayList, NONE, Opaque, Optional, type Value } from '../value.ts';

type Check = (text: string) => readonly string[];

/** `kubernetes.NamedFormat` */
class NamedFormat extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly check: Check;
  /** How long the regular expression would be, for costs. */
  readonly patternSize: number;

  constructor(name: string, patternSize: number, check: Check) {
    super();
    this.name = name;
    this.patternSize = patternSize;
    this.check = check;
  }

  equals(other: Opaque): boolean {
    return other instanceof NamedFormat && other.name === this.name;
  }
}

/** Something will be appended to what is checked, so that it may end in a dash. */
function prefix(check: Check): Check {
  return (text) => check(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);
}

function stringFormat(format: string, problem: string): Check {
  return (text) => (stringFormats.get(format)!(text) ? [] : [problem]);
}

function uriProblems(text: string): readonly string[] {
  const url = parseUrl(text);
  return typeof url === 'string' ? [url] : [];
}

const FORMATS: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: new NamedFormat('DNS1123Label', 30, dnsLabelProblems),
  dns1123Subdomain: new NamedFormat('DNS1123Subdomain', 60, (text) => dnsSubdomainProblems(text)),
  dns1035Label: new NamedFormat('DNS1035Label', 30, dns1035Problems),
  qualifiedName: new NamedFormat('QualifiedName', 60, labelKeyProblems),
  dns1123LabelPrefix: new NamedFormat('DNS1123LabelPrefix', 30, prefix(dnsLabelProblems)),
  dns1123SubdomainPrefix: new NamedFormat(
    'DNS1123SubdomainPrefix',
    60,
    prefix((text) => dnsSubdomainProblems(text)),
  ),
  dns1035LabelPrefix: new NamedFormat('DNS1035LabelPrefix', 30, prefix(dns1035Problems)),
  labelValue: new NamedFormat('LabelValue', 40, labelValueProblems),
  uri: new NamedFormat('URI', 1103, uriProblems),
  uuid: new NamedFormat('uuid', 70, stringFormat('uuid', 'does not match the UUID format')),
  byte: new NamedFormat('byte', 84, stringFormat('byte', 'invalid base64')),
  date: new NamedFormat('date', 71, stringFormat('date', 'invalid date')),
  datetime: new NamedFormat('datetime', 71, stringFormat('datetime', 'invalid datetime')),
};

const TYPE = structOf('kubernetes.NamedFormat');

function validate(format: NamedFormat, text: string): Value {
  const problems = format.check(text);
  return problems.length === 0 ? NONE : new Optional(new ArrayList([...problems]));
}

/** k8s.io/apiserver, pkg/cel/library/format.go */
export const namedFormatFunctions: readonly FunctionDeclaration[] = [
  fn('validate', [
    member('format-validate', [TYPE, STRING], optionalOf(listOf(STRING)), (format, text) =>
      validate(format as NamedFormat, text as string),
    ),
  ]),
  fn('format.named', [
    overload('format-named', [STRING], optionalOf(TYPE), (name) =>
      Object.hasOwn(FORMATS, name as string) ? new Optional(FORMATS[name as string]) : NONE,
    ),
  ]),
  ...Object.entries(FORMATS).map(([name, format]) =>
    fn(`format.${name}`, [overload(`format.${name}`, [], TYPE, () => format)]),
  ),
];
