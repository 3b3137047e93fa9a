import type { Logger } from '../../base/logger.ts';
import { ADMISSION_GROUP, POLICIES, type Policy } from '../admission/policy.ts';
import { checkTypes } from '../admission/type-checking.ts';
import type { Catalog } from '../registry/catalog.ts';
import { StatusError } from '../status-error.ts';
import type { Store } from '../store/store.ts';
import type { Inside } from './inside.ts';

const MANAGER = 'validatingadmissionpolicy-status';

interface PolicyStatus {
  readonly observedGeneration?: number;
}

/** Says in the status of each policy whether its expressions fit the kinds that it is about. */
export class PolicyTypes {
  readonly #store: Store;
  readonly #catalog: Catalog;
  readonly #logger: Logger;
  readonly #inside: Inside;

  constructor(parts: {
    readonly store: Store;
    readonly catalog: Catalog;
    readonly logger: Logger;
    readonly inside: Inside;
  }) {
    this.#store = parts.store;
    this.#catalog = parts.catalog;
    this.#logger = parts.logger;
    this.#inside = parts.inside;
  }

  start(): void {
    const bucket = this.#store.bucket(`${ADMISSION_GROUP}/${POLICIES}`);
    bucket.onCommit((events) => {
      for (const { version } of events) if (!version.deleted) void this.#check(version.object as Policy);
    });
    for (const version of bucket.list()) void this.#check(version.object as Policy);
  }

  async #check(policy: Policy): Promise<void> {
    const { generation = 0, name } = policy.metadata;
    const status = (policy['status'] ?? {}) as PolicyStatus;
    if (generation <= (status.observedGeneration ?? 0)) return;
    const served = this.#catalog.find(ADMISSION_GROUP, 'v1', POLICIES);
    if (served === undefined) return;
    const expressionWarnings = checkTypes(policy, this.#catalog);
    try {
      await this.#inside.applyStatus(served, MANAGER, {
        apiVersion: policy.apiVersion,
        kind: policy.kind,
        metadata: { name: name! },
        status: {
          observedGeneration: generation,
          typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {},
        },
      });
    } catch (error) {
      // What was written meanwhile brings it here again.
      if (!(error instanceof StatusError)) throw error;
      this.#logger.debug({ error, policy: name }, 'the types of a policy could not be told');
    }
  }
}
