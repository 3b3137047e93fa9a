import { type Checked, literalType, qualifiedName, type Resolution, type Scope } from './checked.ts';
import type { FunctionDeclaration } from './declaration.ts';
import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select, StructLiteral } from './expression.ts';
import type { Issue } from './syntax.ts';
import {
  BOOL,
  DYN,
  ERROR,
  INT,
  isDyn,
  isDynOrError,
  listOf,
  mapOf,
  optionalOf,
  param,
  printSignature,
  printType,
  type Type,
  unwrapOptional,
} from './type.ts';
import { mostGeneral, TypeMapping } from './type-mapping.ts';

/** Checks types as cel-go does, in its words (checker/checker.go). */
export function check(expression: Expression, scope: Scope): Checked {
  const checker = new Checker(scope);
  checker.check(expression);
  return checker.finish();
}

class Checker {
  readonly #scope: Scope;
  readonly #types = new Map<number, Type>();
  readonly #resolutions = new Map<number, Resolution>();
  readonly #issues: Issue[] = [];
  readonly #mapping = new TypeMapping();
  /** Variables of the comprehensions around the present node, innermost last. */
  readonly #locals: Map<string, Type>[] = [];
  #freeVariables = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  finish(): Checked {
    const types = new Map<number, Type>();
    for (const [id, type] of this.#types) types.set(id, this.#mapping.substitute(type, true));
    return { types, resolutions: this.#resolutions, issues: this.#issues };
  }

  check(node: Expression): void {
    switch (node.kind) {
      case 'literal':
        this.#set(node, literalType(node.value));
        break;
      case 'ident':
        this.#ident(node.id, node.name, node);
        break;
      case 'select':
        this.#select(node);
        break;
      case 'call':
        this.#call(node);
        break;
      case 'list':
        this.#list(node);
        break;
      case 'map':
        this.#map(node);
        break;
      case 'struct':
        this.#struct(node);
        break;
      case 'comprehension':
        this.#comprehension(node);
        break;
      case 'broken':
        this.#set(node, ERROR);
    }
  }

  #set(node: { readonly id: number }, type: Type): void {
    this.#types.set(node.id, type);
  }

  #type(node: Expression): Type {
    return this.#types.get(node.id)!;
  }

  #report(node: { readonly offset: number }, message: string): void {
    this.#issues.push({ offset: node.offset, message });
  }

  #newVariable(): Type {
    return param(`_var${this.#freeVariables++}`);
  }

  #ident(id: number, name: string, node: Expression): void {
    const found = this.#find(name);
    if (found === undefined) {
      this.#set(node, ERROR);
      this.#report(node, `undeclared reference to '${name}' (in container '')`);
      return;
    }
    this.#set(node, found.type);
    this.#resolutions.set(id, found.resolution);
  }

  /** A variable or type; a leading dot passes by the variables of comprehensions. */
  #find(name: string): { type: Type; resolution: Resolution } | undefined {
    const isAbsolute = name.startsWith('.');
    const plain = isAbsolute ? name.slice(1) : name;
    const local = isAbsolute ? undefined : this.#local(plain);
    const type = local ?? this.#scope.variables.get(plain);
    if (type !== undefined) {
      // Where a local variable has the same name, the dot must be kept to reach past it.
      const hidden = isAbsolute && this.#local(plain) !== undefined;
      return { type, resolution: { is: 'variable', name: hidden ? name : plain } };
    }
    const named = this.#scope.types.get(plain);
    if (named === undefined) return undefined;
    return { type: { kind: 'type', name: 'type', params: [named] }, resolution: { is: 'type', type: named } };
  }

  #local(name: string): Type | undefined {
    for (let i = this.#locals.length - 1; i >= 0; i--) {
      const type = this.#locals[i]!.get(name);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  #select(node: Select): void {
    const qualified = qualifiedName(node);
    if (qualified !== undefined) {
      const [first = ''] = qualified.replace(/^\./, '').split('.');
      const shadowed = !qualified.startsWith('.') && this.#local(first) !== undefined;
      const found = shadowed ? undefined : this.#find(qualified);
      if (found !== undefined) {
        this.#set(node, found.type);
        this.#resolutions.set(node.id, found.resolution);
        return;
      }
    }
    const type = this.#field(node, node.operand, node.field, false);
    this.#set(node, node.isTest ? BOOL : this.#mapping.substitute(type, false));
  }

  #field(node: Expression, operand: Expression, field: string, isOptional: boolean): Type {
    this.check(operand);
    const operandType = this.#mapping.substitute(this.#type(operand), false);
    const inner = unwrapOptional(operandType);
    const target = inner ?? operandType;
    let result = ERROR;
    switch (target.kind) {
      case 'map':
        result = target.params[1]!;
        break;
      case 'struct':
        result = this.#structField(node, target.name, field);
        break;
      case 'param':
        this.#mapping.assign(DYN, target);
        result = DYN;
        break;
      default:
        if (!isDynOrError(target)) this.#report(node, `type '${printType(target)}' does not support field selection`);
        result = DYN;
    }
    return inner !== undefined || isOptional ? optionalOf(result) : result;
  }

  #structField(node: { readonly offset: number }, struct: string, field: string): Type {
    const fields = this.#scope.fields(struct);
    if (fields === undefined) {
      this.#report(node, `unexpected failed resolution of '${struct}'`);
      return ERROR;
    }
    const type = fields.get(field);
    if (type === undefined) this.#report(node, `undefined field '${field}'`);
    return type ?? ERROR;
  }

  #call(node: Call): void {
    if (node.name === '_?._') {
      this.#optionalSelect(node);
      return;
    }
    for (const arg of node.args) this.check(arg);
    if (node.target === undefined) {
      const name = node.name.replace(/^\./, '');
      const declaration = this.#scope.functions.get(name);
      if (declaration === undefined) this.#undeclared(node, node.name);
      else this.#resolve(node, declaration, undefined, false);
      return;
    }
    const prefix =
      node.target.kind === 'ident' || node.target.kind === 'select' ? qualifiedName(node.target) : undefined;
    const qualified =
      prefix === undefined ? undefined : this.#scope.functions.get(`${prefix.replace(/^\./, '')}.${node.name}`);
    if (qualified !== undefined) {
      this.#resolve(node, qualified, undefined, true);
      return;
    }
    this.check(node.target);
    const declaration = this.#scope.functions.get(node.name);
    if (declaration === undefined) this.#undeclared(node, node.name);
    else this.#resolve(node, declaration, node.target, false);
  }

  #undeclared(node: Expression, name: string): void {
    this.#set(node, ERROR);
    this.#report(node, `undeclared reference to '${name}' (in container '')`);
  }

  #optionalSelect(node: Call): void {
    const [operand, field] = node.args as [Expression, Expression];
    const name = field.kind === 'literal' && typeof field.value === 'string' ? field.value : '';
    const type = this.#field(node, operand, name, true);
    this.#set(node, this.#mapping.substitute(type, false));
    const overloads = ['select_optional_field'];
    this.#resolutions.set(node.id, { is: 'function', name: node.name, overloads, isQualified: false });
  }

  #resolve(node: Call, declaration: FunctionDeclaration, target: Expression | undefined, isQualified: boolean): void {
    const { name } = declaration;
    const nodes = target === undefined ? node.args : [target, ...node.args];
    const args = nodes.map((arg) => this.#type(arg));
    if (name === '_&&_' || name === '_||_') {
      this.#logical(node, name, args);
      return;
    }
    let result: Type | undefined;
    const overloads: string[] = [];
    for (const overload of declaration.overloads) {
      if (overload.isMember !== (target !== undefined)) continue;
      const signature = this.#instantiate([overload.result, ...overload.args]);
      if (!this.#mapping.assignAll(args, signature.slice(1))) continue;
      overloads.push(overload.id);
      const type = this.#mapping.substitute(signature[0]!, false);
      if (result === undefined) result = type;
      else if (!isDyn(result) && printType(type) !== printType(result)) result = DYN;
    }
    if (result === undefined) {
      const shown = args.map((type) => this.#mapping.substitute(type, true));
      this.#set(node, ERROR);
      const signature = printSignature(shown, target !== undefined);
      this.#report(node, `found no matching overload for '${name}' applied to '${signature}'`);
      return;
    }
    this.#set(node, result);
    this.#resolutions.set(node.id, { is: 'function', name, overloads, isQualified });
  }

  #logical(node: Call, name: string, args: readonly Type[]): void {
    let isWrong = false;
    args.forEach((type, index) => {
      if (this.#mapping.assign(type, BOOL)) return;
      this.#report(node.args[index]!, `expected type 'bool' but found '${printType(type)}'`);
      isWrong = true;
    });
    this.#set(node, isWrong ? ERROR : BOOL);
    const overloads = [name === '_&&_' ? 'logical_and' : 'logical_or'];
    if (!isWrong) this.#resolutions.set(node.id, { is: 'function', name, overloads, isQualified: false });
  }

  /** Types with their parameters replaced by fresh ones, the same for the same. */
  #instantiate(types: readonly Type[]): Type[] {
    const fresh = new Map<string, Type>();
    const replace = (type: Type): Type => {
      if (type.kind === 'param') {
        const known = fresh.get(type.name) ?? this.#newVariable();
        fresh.set(type.name, known);
        return known;
      }
      return type.params.length === 0 ? type : { ...type, params: type.params.map(replace) };
    };
    return types.map(replace);
  }

  #list(node: ListLiteral): void {
    let type: Type | undefined;
    node.elements.forEach((element, index) => {
      this.check(element);
      const elementType = node.optional.has(index) ? this.#unwrap(element) : this.#type(element);
      type = this.#join(type, elementType);
    });
    this.#set(node, listOf(type ?? this.#newVariable()));
  }

  #map(node: MapLiteral): void {
    let keyType: Type | undefined;
    let valueType: Type | undefined;
    for (const { key, value, isOptional } of node.entries) {
      this.check(key);
      keyType = this.#join(keyType, this.#type(key));
      this.check(value);
      valueType = this.#join(valueType, isOptional ? this.#unwrap(value) : this.#type(value));
    }
    const key = keyType ?? this.#newVariable();
    this.#set(node, mapOf(key, valueType ?? this.#newVariable()));
  }

  /** The type in the optional that must stand here. */
  #unwrap(node: Expression): Type {
    const type = this.#type(node);
    const inner = unwrapOptional(type);
    if (inner === undefined && !isDyn(type)) {
      this.#report(node, `expected type '${printType(optionalOf(type))}' but found '${printType(type)}'`);
    }
    return inner ?? type;
  }

  /** What a list or map has of several types is dyn here; `literal-rules.ts` refuses it where it must not be. */
  #join(before: Type | undefined, type: Type): Type {
    if (before === undefined) return type;
    return this.#mapping.assign(before, type) ? mostGeneral(before, type) : DYN;
  }

  #struct(node: StructLiteral): void {
    const name = node.type.replace(/^\./, '');
    const named = this.#scope.types.get(name);
    const isStruct = this.#scope.fields(name) !== undefined;
    if (named === undefined && !isStruct) {
      this.#undeclared(node, node.type);
      return;
    }
    if (!isStruct) {
      this.#report(node, `'${named!.name}' is not a message type`);
      this.#set(node, ERROR);
    } else this.#set(node, { kind: 'struct', name, params: [] });
    for (const field of node.fields) {
      this.check(field.value);
      const expected = isStruct ? this.#structField(field, name, field.name) : ERROR;
      const actual = field.isOptional ? this.#unwrap(field.value) : this.#type(field.value);
      if (this.#mapping.assign(expected, actual)) continue;
      const types = `'${printType(expected)}' but provided type is '${printType(actual)}'`;
      this.#report(field, `expected type of field '${field.name}' is ${types}`);
    }
  }

  #comprehension(node: Comprehension): void {
    this.check(node.range);
    this.check(node.start);
    const range = this.#mapping.substitute(this.#type(node.range), false);
    const accumulated = this.#type(node.start);
    this.#locals.push(new Map([[node.accumulator, accumulated]]));
    const [first, second] = this.#iterated(node, range);
    const scope = new Map([[node.variable, first]]);
    if (node.variable2 !== '') scope.set(node.variable2, second);
    this.#locals.push(scope);
    this.check(node.condition);
    this.#assert(node.condition, BOOL);
    this.check(node.step);
    this.#assert(node.step, accumulated);
    this.#locals.pop();
    this.check(node.result);
    this.#locals.pop();
    this.#set(node, this.#mapping.substitute(this.#type(node.result), false));
  }

  /** The types of one or two iteration variables over a range. */
  #iterated(node: Comprehension, range: Type): [Type, Type] {
    switch (range.kind) {
      case 'list':
        return node.variable2 === '' ? [range.params[0]!, DYN] : [INT, range.params[0]!];
      case 'map':
        return [range.params[0]!, range.params[1]!];
      case 'dyn':
      case 'error':
      case 'param':
        this.#mapping.assign(DYN, range);
        return [DYN, DYN];
      default: {
        const what = `expression of type '${printType(range)}' cannot be range of a comprehension`;
        this.#report(node.range, `${what} (must be list, map, or dynamic)`);
        return [ERROR, ERROR];
      }
    }
  }

  #assert(node: Expression, expected: Type): void {
    const actual = this.#type(node);
    if (this.#mapping.assign(expected, actual)) return;
    this.#report(node, `expected type '${printType(expected)}' but found '${printType(actual)}'`);
  }
}
