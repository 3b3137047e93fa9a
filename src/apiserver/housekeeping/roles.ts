import { deepEqual } from '../../base/json.ts';
import type { Logger } from '../../base/logger.ts';
import { type Selector, selects } from '../admission/policy.ts';
import type { AnyObject } from '../objects.ts';
import { bootstrapBindings, bootstrapRoles } from '../registry/bootstrap-roles.ts';
import { type PolicyRule, RBAC_GROUP } from '../registry/builtin/roles.ts';
import type { Catalog } from '../registry/catalog.ts';
import { StatusError } from '../status-error.ts';
import type { Bucket } from '../store/bucket.ts';
import type { Store } from '../store/store.ts';
import type { Inside } from './inside.ts';

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const MANAGER = 'clusterrole-aggregation-controller';
const LISTS = { clusterroles: 'rules', clusterrolebindings: 'subjects' } as const;

interface ClusterRole extends AnyObject {
  rules?: PolicyRule[] | null;
  aggregationRule?: { readonly clusterRoleSelectors?: readonly Selector[] };
}

/** Keeps the roles that every cluster has, and gathers the rules of those that are made of others. */
export class Roles {
  readonly #catalog: Catalog;
  readonly #logger: Logger;
  readonly #system: Inside;
  readonly #inside: Inside;
  readonly #roles: Bucket;
  /** Whether roles were written since they were last looked through. */
  #isStale = false;
  #isGathering = false;

  /** @param system makes the roles; @param inside gathers their rules */
  constructor(parts: {
    readonly store: Store;
    readonly catalog: Catalog;
    readonly logger: Logger;
    readonly system: Inside;
    readonly inside: Inside;
  }) {
    this.#catalog = parts.catalog;
    this.#logger = parts.logger;
    this.#system = parts.system;
    this.#inside = parts.inside;
    this.#roles = parts.store.bucket(`${RBAC_GROUP}/clusterroles`);
  }

  /** Makes what is missing; what was taken from a role or a binding comes back, unless its annotation says no. */
  async ensure(): Promise<void> {
    try {
      await this.#ensureAll();
    } catch (error) {
      // As on a full disk: what is there can be read all the same.
      this.#logger.warn({ error }, 'the roles that every cluster has could not be made; the next start tries again');
    }
  }

  async #ensureAll(): Promise<void> {
    await Promise.all([
      ...bootstrapRoles().map((role) => this.#ensure('clusterroles', role)),
      ...bootstrapBindings().map((binding) => this.#ensure('clusterrolebindings', binding)),
    ]);
    await this.#gatherAll();
  }

  /** Follows the roles from now on. */
  start(): void {
    this.#roles.onCommit(() => {
      this.#isStale = true;
      if (this.#isGathering) return;
      this.#isGathering = true;
      this.#gatherAll()
        .catch((error: unknown) => {
          // The next write brings it here again.
          this.#logger.debug({ error }, 'the rules of a role could not be gathered');
        })
        .finally(() => {
          this.#isGathering = false;
        });
    });
  }

  /**
   * Until nothing is news, since what one role gathers may be what another has gathered; one after the other, or two
   * that gather from each other would exchange their rules for ever.
   */
  async #gatherAll(): Promise<void> {
    do {
      this.#isStale = false;
      for (const name of this.#gathering()) if (await this.#gather(name)) this.#isStale = true;
    } while (this.#isStale);
  }

  async #ensure(plural: 'clusterroles' | 'clusterrolebindings', wanted: AnyObject): Promise<void> {
    const served = this.#catalog.find(RBAC_GROUP, 'v1', plural)!;
    const present = served.bucket!.head(wanted.metadata.name!)?.object;
    if (present === undefined) {
      await this.#system.create(served, wanted);
      return;
    }
    if (present.metadata.annotations?.[AUTOUPDATE] === 'false' || present['aggregationRule'] !== undefined) return;
    const list = LISTS[plural];
    const has = (present[list] ?? []) as readonly unknown[];
    const missing = ((wanted[list] ?? []) as readonly unknown[]).filter(
      (each) => !has.some((own) => deepEqual(own, each)),
    );
    if (missing.length > 0) await this.#system.update(served, { ...present, [list]: [...has, ...missing] });
  }

  #gathering(): string[] {
    return this.#roles
      .list()
      .filter(({ object }) => (object as ClusterRole).aggregationRule !== undefined)
      .map(({ key }) => key);
  }

  /** kubernetes, pkg/controller/clusterroleaggregation: the rules of all selected roles, by name, each once. Resolves to whether they are news. */
  async #gather(name: string): Promise<boolean> {
    const before = this.#roles.get(name);
    if (before === undefined) return false;
    const role = before.object as ClusterRole;
    const rules: PolicyRule[] = [];
    for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
      for (const { object } of this.#roles.list()) {
        if (object.metadata.name === name || !selects(selector, object.metadata.labels)) continue;
        for (const rule of (object as ClusterRole).rules ?? []) {
          if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
        }
      }
    }
    if (deepEqual(role.rules ?? [], rules)) return false;
    const served = this.#catalog.find(RBAC_GROUP, 'v1', 'clusterroles')!;
    const { apiVersion, kind } = role;
    try {
      await this.#inside.apply(served, MANAGER, { apiVersion, kind, metadata: { name }, rules });
    } catch (error) {
      if (!(error instanceof StatusError && [404, 409].includes(error.status.code))) throw error;
    }
    return this.#roles.get(name) !== before;
  }
}
