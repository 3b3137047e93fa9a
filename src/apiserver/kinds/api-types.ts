/** meta/v1 types that are bodies or answers of their own. */
import { listMeta } from './meta.ts';
import { bool, field, int32, int64, listOf, string, struct } from './type.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const pointer = { empty: 'pointer' } as const;
const atomic = { listType: 'atomic' } as const;
const kindField = field(string, 'The kind of this object, in CamelCase.');
const apiVersionField = field(string, 'APIVersion defines the version of the schema that this object follows.');

export const deleteOptions = struct(`${META}.DeleteOptions`, 'DeleteOptions says how an object is deleted.', {
  kind: kindField,
  apiVersion: apiVersionField,
  gracePeriodSeconds: field(int64, 'How long the object has to end.', pointer),
  preconditions: field(
    struct(`${META}.Preconditions`, 'Preconditions must hold, or the object is not deleted.', {
      uid: field(string, 'The uid that the object must have.', pointer),
      resourceVersion: field(string, 'The version that the object must have.', pointer),
    }),
    'What must hold, or the object is not deleted.',
    pointer,
  ),
  orphanDependents: field(bool, 'Deprecated: use propagationPolicy.', pointer),
  propagationPolicy: field(
    string,
    'What becomes of the objects that this one owns: Orphan, Background or Foreground.',
    pointer,
  ),
  dryRun: field(listOf(string, atomic), 'With All, nothing is stored.'),
  ignoreStoreReadErrorWithClusterBreakingPotential: field(
    bool,
    'Deletes an object that cannot be read; this server has none.',
    pointer,
  ),
});

export const status = struct(`${META}.Status`, 'Status is the answer of a call that returns no object.', {
  kind: kindField,
  apiVersion: apiVersionField,
  metadata: field(listMeta, 'Standard list metadata.'),
  status: field(string, 'Success or Failure.'),
  message: field(string, 'What happened, in words.'),
  reason: field(string, 'Why, as one word.'),
  details: field(
    struct(`${META}.StatusDetails`, 'StatusDetails says more about a Status.', {
      name: field(string, 'The name of the object.'),
      group: field(string, 'The group of the resource.'),
      kind: field(string, 'The kind, or the plural of the resource.'),
      uid: field(string, 'The uid of the object.'),
      causes: field(
        listOf(
          struct(`${META}.StatusCause`, 'StatusCause is one thing that is wrong.', {
            reason: field(string, 'What kind of mistake it is.'),
            message: field(string, 'What is wrong, in words.'),
            field: field(string, 'The field that is wrong, as spec.nics[0].name.'),
          }),
          atomic,
        ),
        'Everything that is wrong.',
      ),
      retryAfterSeconds: field(int32, 'After how many seconds to try again.'),
    }),
    'More about it.',
    pointer,
  ),
  code: field(int32, 'The HTTP code.'),
});
