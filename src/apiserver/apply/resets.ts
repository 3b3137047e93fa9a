/** Which fields a path of the API never changes, so that writing there does not make anyone own them. */
import { setOfPaths } from './field-set.ts';
import type { ResetFields } from './ownership.ts';

/** The top-level fields that a path leaves as they are, in every version given. */
export function resetFields(apiVersions: readonly string[], fields: readonly string[]): ResetFields {
  const set = setOfPaths(fields.map((field) => [`f:${field}`]));
  return Object.fromEntries(apiVersions.map((apiVersion) => [apiVersion, set]));
}

/**
 * Of a custom resource with a status subresource, by subresource. As upstream has it, the main path knows its own
 * version only; /status knows all that have the subresource.
 */
export function customResourceResets(
  apiVersion: string,
  versionsWithStatus: readonly string[],
): Readonly<Record<string, ResetFields>> {
  if (!versionsWithStatus.includes(apiVersion)) return {};
  return {
    '': resetFields([apiVersion], ['status']),
    status: resetFields(versionsWithStatus, ['metadata', 'spec']),
  };
}
