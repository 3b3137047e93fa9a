/** ConfigMap, Secret, ServiceAccount. kubernetes, pkg/apis/core/validation. */
import { deepEqual } from '../../../base/json.ts';
import { type FieldError, forbiddenError, invalidError, requiredError, tooLongError } from '../../field-error.ts';
import { jsonProblem } from '../../json-text.ts';
import { configMap, secret, serviceAccount } from '../../kinds/core.ts';
import type { AnyObject } from '../../objects.ts';
import { configMapColumns, secretColumns, serviceAccountColumns } from '../../table/builtin-columns.ts';
import { unsupportedField } from '../field-selector.ts';
import { subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

type Texts = Record<string, string>;

const SIZE_LIMIT = 1024 * 1024;
const KEY = /^[-._a-zA-Z0-9]+$/;

function keyProblems(key: string): string[] {
  const problems: string[] = [];
  if (key.length > 253) problems.push('must be no more than 253 characters');
  if (!KEY.test(key)) {
    problems.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
  }
  if (key === '.') problems.push("must not be '.'");
  else if (key === '..') problems.push("must not be '..'");
  else if (key.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

const keyErrors = (field: string, key: string): FieldError[] =>
  keyProblems(key).map((problem) => invalidError(`${field}[${key}]`, key, problem));

/** The bytes behind base64 text. */
function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

function immutableErrors(object: AnyObject, old: AnyObject, fields: readonly string[]): FieldError[] {
  if (old['immutable'] !== true) return [];
  const text = 'field is immutable when `immutable` is set';
  const errors: FieldError[] = [];
  if (object['immutable'] !== true) errors.push(forbiddenError('immutable', text));
  for (const field of fields) {
    if (!deepEqual(object[field] ?? {}, old[field] ?? {})) errors.push(forbiddenError(field, text));
  }
  return errors;
}

export const configMaps: Builtin = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  type: configMap,
  namespaced: true,
  nameCheck: subdomainName,
  columns: configMapColumns,
  validate(object) {
    const data = (object['data'] ?? {}) as Texts;
    const binary = (object['binaryData'] ?? {}) as Texts;
    const errors: FieldError[] = [];
    let size = 0;
    for (const key in data) {
      errors.push(...keyErrors('data', key));
      if (Object.hasOwn(binary, key)) {
        errors.push(invalidError(`data[${key}]`, key, 'duplicate of key present in binaryData'));
      }
      size += Buffer.byteLength(data[key]!);
    }
    for (const key in binary) {
      errors.push(...keyErrors('binaryData', key));
      size += decodedLength(binary[key]!);
    }
    if (size > SIZE_LIMIT) errors.push(tooLongError('[]', SIZE_LIMIT));
    return errors;
  },
  validateUpdate: (object, old) => immutableErrors(object, old, ['data', 'binaryData']),
};

/** The keys that a type of secret needs. */
function typeErrors(type: string, object: AnyObject, data: Texts): FieldError[] {
  const missing = (...keys: string[]) =>
    keys.filter((key) => !Object.hasOwn(data, key)).map((key) => requiredError(`data[${key}]`));
  const json = (key: string): FieldError[] => {
    if (!Object.hasOwn(data, key)) return missing(key);
    const text = Buffer.from(data[key]!, 'base64').toString();
    try {
      JSON.parse(text);
      return [];
    } catch {
      return [invalidError(`data[${key}]`, '<secret contents redacted>', jsonProblem(text))];
    }
  };
  switch (type) {
    case 'kubernetes.io/service-account-token': {
      const account = object.metadata.annotations?.['kubernetes.io/service-account.name'] ?? '';
      return account === '' ? [requiredError('metadata.annotations[kubernetes.io/service-account.name]')] : [];
    }
    case 'kubernetes.io/dockercfg':
      return json('.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return json('.dockerconfigjson');
    case 'kubernetes.io/basic-auth': {
      const errors = missing('username', 'password');
      return errors.length === 2 ? errors : [];
    }
    case 'kubernetes.io/ssh-auth':
      return (data['ssh-privatekey'] ?? '') === '' ? [requiredError('data[ssh-privatekey]')] : [];
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key');
    default:
      return [];
  }
}

export const secrets: Builtin = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  singular: 'secret',
  columns: secretColumns,
  unknownField: unsupportedField,
  type: secret,
  namespaced: true,
  nameCheck: subdomainName,
  default(object) {
    object['type'] ??= 'Opaque';
    const texts = object['stringData'] as Texts | undefined;
    if (texts === undefined) return;
    const data: Texts = { ...(object['data'] as Texts | undefined) };
    for (const key in texts) data[key] = Buffer.from(texts[key]!).toString('base64');
    delete object['stringData'];
    // The order of fields is the kind's.
    const type = object['type'];
    delete object['type'];
    object['data'] = data;
    object['type'] = type;
  },
  prepareUpdate(object, old) {
    if ((object['type'] ?? '') === '') object['type'] = old['type'];
  },
  validate(object) {
    const data = (object['data'] ?? {}) as Texts;
    const errors: FieldError[] = [];
    let size = 0;
    for (const key in data) {
      errors.push(...keyErrors('data', key));
      size += decodedLength(data[key]!);
    }
    if (size > SIZE_LIMIT) errors.push(tooLongError('data', SIZE_LIMIT));
    return [...errors, ...typeErrors(String(object['type'] ?? ''), object, data)];
  },
  validateUpdate(object, old) {
    const errors = immutableErrors(object, old, ['data']);
    if (object['type'] !== old['type']) errors.unshift(invalidError('type', object['type'], 'field is immutable'));
    return errors;
  },
  selectable: { type: (object) => String(object['type'] ?? '') },
};

export const serviceAccounts: Builtin = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  columns: serviceAccountColumns,
  shortNames: ['sa'],
  type: serviceAccount,
  namespaced: true,
  nameCheck: subdomainName,
  deletion: { returnsObject: (object) => object },
  validate: () => [],
};
