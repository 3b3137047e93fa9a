import { check } from './checker.ts';
import { type FunctionDeclaration, joinLibraries, type Library } from './declaration.ts';
import { authorizerFunctions } from './library/authorizer.ts';
import { extendedListFunctions, listFunctions, setFunctions } from './library/lists.ts';
import { mapFunctions } from './library/maps.ts';
import { namedFormatFunctions } from './library/named-format.ts';
import { CIDR_TYPE, IP_TYPE, networkFunctions } from './library/network.ts';
import { quantityFunctions } from './library/quantity.ts';
import { semverFunctions } from './library/semver.ts';
import { regexFunctions, stringFunctions } from './library/strings.ts';
import { urlFunctions } from './library/url.ts';
import { literalIssues } from './literal-rules.ts';
import { optionalFunctions } from './optional.ts';
import { parse } from './parser.ts';
import { Program } from './program.ts';
import { standardFunctions } from './standard.ts';
import { printIssues } from './syntax.ts';
import {
  A,
  B,
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  param,
  STRING,
  structOf,
  TIMESTAMP,
  TYPE,
  type Type,
  UINT,
} from './type.ts';

/** What expressions of one place may refer to. */
export interface Environment {
  readonly functions: Library;
  /** Variables with their types, in the order in which programs are given their values. */
  readonly variables: ReadonlyMap<string, Type>;
  /** The fields of a struct type by its name; undefined for a name that is none. */
  fields(struct: string): ReadonlyMap<string, Type> | undefined;
}

export type Compilation =
  | { readonly program: Program; readonly issues?: undefined }
  /** as cel-go prints them: the line, and a caret below it */
  | { readonly issues: string };

const NO_FIELDS = () => undefined;

const LIBRARIES: readonly (readonly FunctionDeclaration[])[] = [
  standardFunctions,
  urlFunctions,
  regexFunctions,
  listFunctions,
  authorizerFunctions,
  optionalFunctions,
  quantityFunctions,
  stringFunctions,
  setFunctions,
  networkFunctions,
  namedFormatFunctions,
  mapFunctions,
  semverFunctions,
  extendedListFunctions,
];

/** The functions that every expression has. */
export const kubernetesFunctions: Library = joinLibraries(...LIBRARIES);

/** An environment of Kubernetes 1.37: the language, its extensions, and Kubernetes' libraries. */
export function environment(
  variables: ReadonlyMap<string, Type>,
  fields: Environment['fields'] = NO_FIELDS,
  functions: Library = kubernetesFunctions,
): Environment {
  return { functions, variables, fields };
}

/** Names that are declared, though no type of that name can be used when a program runs. */
const UNDEFINED: readonly string[] = [
  'duration',
  'timestamp',
  ...'Any Struct Value ListValue BoolValue BytesValue DoubleValue FloatValue StringValue'
    .concat(' Int32Value Int64Value UInt32Value UInt64Value')
    .split(' ')
    .map((name) => `google.protobuf.${name}`),
];

/** Names of types, as in `type(x) == int`. */
const TYPE_NAMES: ReadonlyMap<string, Type> = new Map(
  [
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    listOf(A),
    mapOf(A, B),
    NULL,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    optionalOf(param('V')),
    IP_TYPE,
    CIDR_TYPE,
    ...UNDEFINED.map(structOf),
  ].map((type) => [type.name, type]),
);

/** Parses and checks an expression. It is planned when it is first run. */
export function compile(source: string, environment: Environment): Compilation {
  const parsed = parse(source);
  if (parsed.issues !== undefined) return { issues: printIssues(source, parsed.issues) };
  const { expression } = parsed;
  const checked = check(expression, { ...environment, types: TYPE_NAMES });
  const issues = checked.issues.length > 0 ? checked.issues : literalIssues(expression, checked);
  if (issues.length > 0) return { issues: printIssues(source, issues) };
  return { program: new Program(expression, checked, environment) };
}
