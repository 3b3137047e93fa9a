/** One thing wrong with one field: k8s.io/apimachinery, pkg/util/validation/field, whose texts these are. */
export type FieldErrorReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError';

export interface FieldError {
  readonly reason: FieldErrorReason;
  /** `spec.nics[0].mac`; `<nil>` where there is no field */
  readonly field: string;
  /** What follows the field, as `Required value` or `Invalid value: 0: must be at least 1`. */
  readonly message: string;
}
