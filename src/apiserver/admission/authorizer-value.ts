import { AuthorizerValue as Base, DECISION, GROUP, PATH, RESOURCE } from '../cel/library/authorizer.ts';
import { EvaluationError, type Opaque, type Value } from '../cel/value.ts';
import type { Attributes, Authorizer } from '../registry/authorizer.ts';
import { dnsLabelProblems, dnsSubdomainProblems } from '../registry/names.ts';
import type { User } from '../registry/request.ts';

type What = Omit<Attributes, 'user' | 'verb'>;

abstract class Invocable extends Base {
  equals(other: Opaque): boolean {
    return this === other;
  }

  protected unknown(name: string): never {
    throw new EvaluationError(`no such overload: ${this.typeName}.${name}`);
  }
}

/** The variable `authorizer`: asks whether a user may do things. k8s.io/apiserver, pkg/cel/library/authz.go. */
export class AuthorizerVariable extends Invocable {
  readonly typeName = 'kubernetes.authorization.Authorizer';
  readonly #authorizer: Authorizer;
  readonly #user: User;

  constructor(authorizer: Authorizer, user: User) {
    super();
    this.#authorizer = authorizer;
    this.#user = user;
  }

  /** The variable `authorizer.requestResource`. */
  resource(what: What): Value {
    return new Check(this.#authorizer, this.#user, what, RESOURCE.name);
  }

  invoke(name: string, args: readonly Value[]): Value {
    const [first = '', second = ''] = args.map(String);
    switch (name) {
      case 'path':
        if (first.trim() === '') throw new EvaluationError('path must not be empty');
        return new Check(this.#authorizer, this.#user, { path: first }, PATH.name);
      case 'group':
        return new Check(this.#authorizer, this.#user, { group: first }, GROUP.name);
      case 'serviceAccount': {
        if (dnsSubdomainProblems(second).length > 0) throw new EvaluationError('Invalid service account name');
        if (dnsLabelProblems(first).length > 0) throw new EvaluationError('Invalid service account namespace');
        const groups = ['system:serviceaccounts', `system:serviceaccounts:${first}`, 'system:authenticated'];
        return new AuthorizerVariable(this.#authorizer, { name: `system:serviceaccount:${first}:${second}`, groups });
      }
      default:
        return this.unknown(name);
    }
  }
}

class Check extends Invocable {
  readonly typeName: string;
  readonly #authorizer: Authorizer;
  readonly #user: User;
  readonly #what: What;

  constructor(authorizer: Authorizer, user: User, what: What, typeName: string) {
    super();
    this.#authorizer = authorizer;
    this.#user = user;
    this.#what = what;
    this.typeName = typeName;
  }

  invoke(name: string, args: readonly Value[]): Value {
    const text = String(args[0] ?? '');
    switch (name) {
      case 'resource':
        return this.#with({ resource: text }, RESOURCE.name);
      case 'subresource':
      case 'namespace':
      case 'name':
        return this.#with({ [name]: text }, RESOURCE.name);
      // Selectors narrow what is asked for; roles do not look at them.
      case 'fieldSelector':
      case 'labelSelector':
        return this;
      case 'check': {
        const decision = this.#authorizer.decide({ ...this.#what, user: this.#user, verb: text });
        return new DecisionValue(decision.allowed, decision.reason ?? '');
      }
      default:
        return this.unknown(name);
    }
  }

  #with(more: What, typeName: string): Check {
    return new Check(this.#authorizer, this.#user, { ...this.#what, ...more }, typeName);
  }
}

class DecisionValue extends Invocable {
  readonly typeName = DECISION.name;
  readonly #allowed: boolean;
  readonly #reason: string;

  constructor(allowed: boolean, reason: string) {
    super();
    this.#allowed = allowed;
    this.#reason = reason;
  }

  invoke(name: string): Value {
    switch (name) {
      case 'allowed':
        return this.#allowed;
      case 'reason':
        return this.#reason;
      case 'errored':
        return false;
      case 'error':
        return '';
      default:
        return this.unknown(name);
    }
  }
}
