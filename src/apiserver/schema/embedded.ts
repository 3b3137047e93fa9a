import { type FieldError, invalidError, requiredError } from '../field-error.ts';
import { dns1035Problems } from '../registry/names.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Whether the type metadata of an object under x-kubernetes-embedded-resource is in order. */
export function isValidEmbedded(value: Fields): boolean {
  return embeddedErrors(value, '').length === 0;
}

/** What is wrong with the type metadata of an embedded object (pkg/apiserver/schema/objectmeta). */
export function embeddedErrors(value: Fields, path: string): FieldError[] {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const errors: FieldError[] = [];
  for (const name of ['apiVersion', 'kind']) if (!Object.hasOwn(value, name)) errors.push(requiredError(at(name)));
  const { apiVersion, kind } = value;
  if (apiVersion !== undefined) {
    const problem = versionProblem(apiVersion);
    if (problem !== undefined) errors.push(invalidError(at('apiVersion'), apiVersion, problem));
  }
  if (kind !== undefined) {
    const problem = kindProblem(kind);
    if (problem !== undefined) errors.push(invalidError(at('kind'), kind, problem));
  }
  return errors;
}

function versionProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be empty';
  return value.split('/').length > 2 ? `unexpected GroupVersion string: ${value}` : undefined;
}

function kindProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be empty';
  const problems = dns1035Problems(value.toLowerCase());
  if (problems.length === 0) return undefined;
  return `may have mixed case, but should otherwise match: ${problems.join(',')}`;
}
