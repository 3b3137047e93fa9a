import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/apiserver/kinds/decode.ts';
import { compileStructural, type Structural } from '../../../src/apiserver/schema/structural.ts';
import { cloneJson } from '../../../src/base/json.ts';
import { type Outcome, type SchemaCase, type Step, wholeSchema } from '../recording/schema-case.ts';
import { schemaCases } from './cases.ts';

const golden: Record<string, Outcome[]> = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '../../golden/kubernetes/schema.json'), 'utf8'),
);

type Fields = Record<string, unknown>;

/** The server in little: what is stored, and the schema that governs it. */
class World {
  readonly #test: SchemaCase;
  #structural: Structural;
  #stored: Fields | undefined;

  constructor(test: SchemaCase) {
    this.#test = test;
    this.#structural = compileStructural(wholeSchema(test));
  }

  /** Nothing for a step that changes the schema. */
  run(step: Step): Outcome | undefined {
    if ('schema' in step) {
      this.#structural = compileStructural(wholeSchema(this.#test, step.schema));
      return undefined;
    }
    try {
      return this.#write(step);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { errors: [`400: Thing in version "v1" cannot be handled as a Thing: ${error.message}`] };
    }
  }

  #write(step: Exclude<Step, { schema: object }>): Outcome {
    const isStatus = 'setStatus' in step;
    const content = cloneJson(
      'create' in step ? step.create : 'update' in step ? step.update : { status: step.setStatus },
    );
    const place = (this.#test.whole !== undefined || isStatus ? content : { spec: content }) as Fields;
    const object: Fields = { apiVersion: 'g/v1', kind: 'Thing', metadata: { name: 'a' }, ...place };
    const warnings = this.#structural.prune(object).map((field) => `unknown field "${field}"`);
    this.#structural.default(object);
    const old = 'create' in step ? undefined : this.#read();
    const next = this.#keepTheRest(object, old, isStatus);
    const result = this.#structural.validate(next, old, { status: isStatus });
    warnings.push(...result.warnings);
    const errors = result.errors.map(({ field, message }) => `${field}: ${message}`).sort();
    warnings.sort();
    const outcome = warnings.length === 0 ? { errors } : { errors, warnings };
    if (errors.length > 0) return outcome;
    this.#stored = next;
    const { apiVersion: _version, kind: _kind, metadata: _metadata, ...stored } = this.#read()!;
    return { ...outcome, stored };
  }

  /** As on every read, what is stored gets the defaults of the present schema. */
  #read(): Fields | undefined {
    const object = cloneJson(this.#stored);
    if (object !== undefined) this.#structural.default(object);
    return object;
  }

  #keepTheRest(object: Fields, old: Fields | undefined, isStatus: boolean): Fields {
    if (this.#test.status === undefined) return object;
    const next: Fields = isStatus ? { ...old } : { ...object };
    const status = isStatus ? object['status'] : old?.['status'];
    if (status === undefined) delete next['status'];
    else next['status'] = status;
    return next;
  }
}

describe('schemas do what the real server does', () => {
  it.each(schemaCases.map((test) => [test.name, test] as const))('%s', (name, test) => {
    const world = new World(test);
    const outcomes = test.steps.map((step) => world.run(step)).filter((outcome) => outcome !== undefined);
    expect(outcomes).toEqual(golden[name]);
  });

  it('and every case has been asked of it', () => {
    expect(Object.keys(golden).sort()).toEqual(schemaCases.map(({ name }) => name).sort());
  });
});
