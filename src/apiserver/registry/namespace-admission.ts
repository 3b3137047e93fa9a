import type { AnyObject } from '../objects.ts';
import type { Bucket } from '../store/bucket.ts';
import { forbidden, notFound } from './errors.ts';
import type { Admission, Admitted } from './registry.ts';
import type { ApiRequest } from './request.ts';
import { resourceName, type ServedResource } from './served.ts';

/** Nothing is created in a namespace that does not exist or is going, nor of a kind that is going. apiserver, admission/plugin/namespace/lifecycle. */
export class NamespaceAdmission implements Admission {
  readonly #namespaces: Bucket;
  readonly #checks: readonly { check(what: Admitted): void }[];

  /** @param checks asked in turn when everything else is well */
  constructor(namespaces: Bucket, checks: readonly { check(what: Admitted): void }[]) {
    this.#namespaces = namespaces;
    this.#checks = checks;
  }

  create(served: ServedResource, request: ApiRequest, object: AnyObject): void {
    if (served.terminating?.() === true) {
      const why = 'create not allowed while custom resource definition is terminating';
      throw forbidden(resourceName(served), object.metadata.name ?? '', why);
    }
    if (!served.namespaced) return;
    const name = request.namespace ?? '';
    const namespace = this.#namespaces.head(name)?.object;
    if (namespace === undefined) throw notFound({ group: '', name: 'namespaces' }, name);
    if ((namespace['status'] as { phase?: string }).phase !== 'Terminating') return;
    throw forbidden(
      resourceName(served),
      object.metadata.name ?? '',
      `unable to create new content in namespace ${name} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${name} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }

  validate(what: Admitted): void {
    for (const each of this.#checks) each.check(what);
  }

  update(): void {}

  delete(): void {}
}
