import { type FieldError, forbiddenError, invalidError, requiredError } from '../../field-error.ts';
import { parseReference } from '../../formats/url.ts';
import { dns1035Problems, dnsSubdomainProblems } from '../../registry/names.ts';
import type { Conversion, ServiceReference } from './form.ts';
import { isSet } from './json-schema.ts';
import { oneOfErrors } from './spec-parts.ts';

const REVIEW_VERSIONS = ['v1', 'v1beta1'];

/** @param requireKnown whether one of the review's versions must be one that the server speaks */
export function conversionErrors(conversion: Conversion, requireKnown: boolean, path: string): FieldError[] {
  const { strategy = '', webhook } = conversion;
  const errors = oneOfErrors(strategy, ['None', 'Webhook'], `${path}.strategy`);
  const config = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const configPath = `${path}.webhookClientConfig`;
  if (strategy !== 'Webhook') {
    const reason = 'should not be set when strategy is not set to Webhook';
    if (isSet(config)) errors.push(forbiddenError(configPath, reason));
    if (versions.length > 0) errors.push(forbiddenError(`${path}.conversionReviewVersions`, reason));
    return errors;
  }
  if (!isSet(config)) errors.push(requiredError(configPath, 'required when strategy is set to Webhook'));
  else if (isSet(config.url) === isSet(config.service)) {
    errors.push(requiredError(configPath, 'exactly one of url or service is required'));
  } else if (isSet(config.url)) errors.push(...urlErrors(config.url, `${configPath}.url`));
  else errors.push(...serviceErrors(config.service!, `${configPath}.service`));
  errors.push(...reviewVersionsErrors(versions, requireKnown, `${path}.conversionReviewVersions`));
  return errors;
}

/** Whether the versions of the review hold one that the server speaks, or none at all. */
export function hasKnownReviewVersion({ webhook }: Conversion): boolean {
  const versions = webhook?.conversionReviewVersions ?? [];
  return versions.length === 0 || versions.some((version) => REVIEW_VERSIONS.includes(version));
}

function reviewVersionsErrors(versions: readonly string[], requireKnown: boolean, path: string): FieldError[] {
  if (versions.length === 0) return [requiredError(path)];
  const errors: FieldError[] = [];
  versions.forEach((version, index) => {
    const field = `${path}[${index}]`;
    if (versions.indexOf(version) < index) errors.push(invalidError(field, version, 'duplicate version'));
    else for (const problem of dns1035Problems(version)) errors.push(invalidError(field, version, problem));
  });
  if (requireKnown && !versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalidError(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  }
  return errors;
}

const FORM = '; desired format: https://host[/path]';

function urlErrors(text: string, path: string): FieldError[] {
  const url = parseReference(text);
  if (typeof url === 'string') return [requiredError(path, `url must be a valid URL: ${url}${FORM}`)];
  const errors: FieldError[] = [];
  if (url.scheme !== 'https') {
    errors.push(invalidError(path, url.scheme, `'https' is the only allowed URL scheme${FORM}`));
  }
  if (url.host === '') errors.push(invalidError(path, '', `host must be specified${FORM}`));
  if (url.user !== undefined) {
    errors.push(invalidError(path, url.user, 'user information is not permitted in the URL'));
  }
  if (url.fragment !== '') errors.push(invalidError(path, url.fragment, 'fragments are not permitted in the URL'));
  if (url.rawQuery !== '') {
    errors.push(invalidError(path, url.rawQuery, 'query parameters are not permitted in the URL'));
  }
  return errors;
}

/** Upstream has the name and the namespace the wrong way round: each error names the other field. */
function serviceErrors(service: ServiceReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if ((service.namespace ?? '') === '') errors.push(requiredError(`${path}.name`));
  if ((service.name ?? '') === '') errors.push(requiredError(`${path}.namespace`));
  const port = service.port ?? 443;
  if (port < 1 || port > 65535) {
    errors.push(invalidError(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  const urlPath = service.path ?? '';
  return urlPath === '' || urlPath === '/' ? errors : [...errors, ...pathErrors(urlPath, `${path}.path`)];
}

function pathErrors(urlPath: string, path: string): FieldError[] {
  if (urlPath === '//') return [invalidError(path, urlPath, 'segment[0] may not be empty')];
  const errors: FieldError[] = [];
  if (!urlPath.startsWith('/')) errors.push(invalidError(path, urlPath, "must start with a '/'"));
  urlPath
    .slice(1)
    .replace(/\/$/, '')
    .split('/')
    .forEach((segment, index) => {
      if (segment === '') {
        errors.push(invalidError(path, urlPath, `segment[${index}] may not be empty`));
        return;
      }
      for (const problem of dnsSubdomainProblems(segment)) {
        errors.push(invalidError(path, urlPath, `segment[${index}]: ${problem}`));
      }
    });
  return errors;
}
