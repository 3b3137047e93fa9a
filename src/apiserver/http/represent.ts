/** Answers as bytes. */
import type { Status } from '../../api/meta.ts';
import type { Clock } from '../../base/clock.ts';
import { writeExactly } from '../exact-json.ts';
import { goQuote } from '../go-format.ts';
import type { AnyObject } from '../objects.ts';
import { internalName } from '../registry/builtin/well-known.ts';
import type { ListAnswer, ObjectAnswer, Query, View } from '../registry/request.ts';
import { apiVersion, type Column, type ServedResource } from '../registry/served.ts';
import { badRequest, StatusError } from '../status-error.ts';
import type { WatchEvent } from '../watch/event.ts';
import type { Representation } from './negotiation.ts';
import type { EventWriter } from './watch-stream.ts';

/** How many objects of a list are written in one turn of the event loop. */
export const OBJECTS_PER_TURN = 500;

type IncludeObject = 'Metadata' | 'Object' | 'None';

/** The includeObject parameter of a Table. Throws 422. */
export function includeObjectOf(query: Query): IncludeObject {
  const asked = query['includeObject']?.[0] ?? '';
  if (asked === '' || asked === 'Metadata') return 'Metadata';
  if (asked === 'Object' || asked === 'None') return asked;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(asked)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** Makes texts of answers in one form. */
export class Representer implements EventWriter {
  readonly #form: Representation;
  readonly #clock: Clock;
  readonly #include: IncludeObject;

  constructor(form: Representation, clock: Clock, query: Query) {
    this.#form = form;
    this.#clock = clock;
    this.#include = form.as === 'Table' ? includeObjectOf(query) : 'Metadata';
  }

  /** The same for every Representer that makes the same texts of the same events. */
  key(served: ServedResource): string {
    const { as, version } = this.#form;
    return `${served.version}/${served.group}/${as}/${version}/${this.#include}`;
  }

  /** An object, as JSON text. */
  object({ served, view }: ObjectAnswer): string {
    const { as } = this.#form;
    if (as === 'plain') return view.json;
    // A Status is sent as it is, whatever was asked for.
    if (served === undefined) return view.json;
    if (as === 'Table') {
      const { resourceVersion } = view.object.metadata;
      const metadata = resourceVersion === undefined ? '{}' : `{"resourceVersion":"${resourceVersion}"}`;
      return this.#table(served.columns, metadata, this.#row(view.object, served.columns), true);
    }
    if (as === 'PartialObjectMetadataList') throw notAList(served);
    return this.#partial(view.object);
  }

  /** A list, in pieces of one turn of the event loop each. */
  *list(answer: ListAnswer): Generator<string> {
    const { head, tail } = this.listFrame(answer);
    yield head;
    const { length } = answer.versions;
    for (let i = 0; i < length; i += OBJECTS_PER_TURN) {
      const part = this.items(answer, i, Math.min(i + OBJECTS_PER_TURN, length));
      yield i === 0 ? part : `,${part}`;
    }
    yield tail;
  }

  /** Whether the same objects make the same items at any time: the ages in a table do not. */
  get isLasting(): boolean {
    return this.#form.as !== 'Table';
  }

  /** Some items of a list, with commas between them. */
  items({ served, versions }: ListAnswer, from: number, to: number): string {
    const items: string[] = [];
    for (let i = from; i < to; i++) items.push(this.#item(served.view(versions[i]!), served));
    return items.join(',');
  }

  /** What is before and behind the items of a list. */
  listFrame(answer: ListAnswer): { readonly head: string; readonly tail: string } {
    const { as, version } = this.#form;
    const { served, versions } = answer;
    const metadata = listMetadata(answer, as === 'plain');
    if (as === 'PartialObjectMetadata') throw isAList(served);
    const columns = as === 'Table' ? JSON.stringify(columnDefinitions(served.columns)) : '';
    if (as === 'plain') {
      const kind = JSON.stringify(served.names.listKind);
      return {
        head: `{"kind":${kind},"apiVersion":"${apiVersion(served)}","metadata":${metadata},"items":[`,
        tail: ']}',
      };
    }
    const type = `"apiVersion":"meta.k8s.io/${version}","metadata":${metadata}`;
    if (as === 'Table') {
      return { head: `{"kind":"Table",${type},"columnDefinitions":${columns},"rows":[`, tail: ']}' };
    }
    const [open, close] = versions.length === 0 ? ['null', '}'] : ['[', ']}'];
    return { head: `{"kind":"PartialObjectMetadataList",${type},"items":${open}`, tail: close };
  }

  #item(view: View, served: ServedResource): string {
    switch (this.#form.as) {
      case 'plain':
        return served.definition === undefined ? withoutType(view.json, served) : view.json;
      case 'Table':
        return this.#row(view.object, served.columns);
      default:
        return this.#partial(view.object);
    }
  }

  /** An event of a watch, with the newline that ends it. */
  event(event: WatchEvent, served: ServedResource, first: boolean): string {
    const view = served.view(event.version);
    return `{"type":"${event.type}","object":${this.#eventObject(view.object, served, first, () => view.json)}}\n`;
  }

  /** A bookmark, with the newline that ends it. */
  bookmark(object: AnyObject, served: ServedResource, first: boolean): string {
    const text = this.#eventObject(object, served, first, () => JSON.stringify(object));
    return `{"type":"BOOKMARK","object":${text}}\n`;
  }

  /** What ends a watch that cannot go on. */
  error(status: Status): string {
    return `{"type":"ERROR","object":${JSON.stringify(status)}}\n`;
  }

  #eventObject(object: AnyObject, served: ServedResource, first: boolean, json: () => string): string {
    const { as } = this.#form;
    if (as === 'plain') return json();
    if (as !== 'Table') return this.#partial(object);
    const metadata = `{"resourceVersion":${JSON.stringify(object.metadata.resourceVersion)}}`;
    return this.#table(served.columns, metadata, this.#row(object, served.columns), first);
  }

  #table(columns: readonly Column[], metadata: string, rows: string, headings: boolean): string {
    const definitions = headings ? JSON.stringify(columnDefinitions(columns)) : 'null';
    return `{"kind":"Table","apiVersion":"meta.k8s.io/${this.#form.version}","metadata":${metadata},"columnDefinitions":${definitions},"rows":[${rows}]}`;
  }

  #row(object: AnyObject, columns: readonly Column[]): string {
    const now = this.#clock.now();
    const cells = writeExactly(columns.map((column) => column.cell(object, now) ?? null));
    if (this.#include === 'None') return `{"cells":${cells},"object":null}`;
    const inside = this.#include === 'Object' ? writeExactly(object) : this.#partial(object);
    return `{"cells":${cells},"object":${inside}}`;
  }

  #partial(object: AnyObject): string {
    const { version } = this.#form;
    return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(object.metadata)}}`;
  }
}

/** Items of built-in lists do not repeat their type. Every built-in object begins with it. */
function withoutType(json: string, served: ServedResource): string {
  const start = `{"kind":"${served.names.kind}","apiVersion":"${apiVersion(served)}",`;
  return json.startsWith(start) ? `{${json.slice(start.length)}` : json;
}

/** The type of the resource's objects inside the real server. */
function goType({ group, names, definition }: ServedResource): string {
  if (definition !== undefined) return 'unstructured.Unstructured';
  return internalName(group, names.kind);
}

/** 406: the metadata of many are wanted of one object. */
export function notAList(served: ServedResource): StatusError {
  return unrepresentable(
    `you requested PartialObjectMetadataList, but the requested object is not a list (*${goType(served)})`,
  );
}

/** 406: the metadata of one object are wanted of many. */
export function isAList(served: ServedResource): StatusError {
  return unrepresentable(
    `you requested PartialObjectMetadata, but the requested object is a list (*${goType(served)}List)`,
  );
}

function unrepresentable(message: string): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message });
}

function columnDefinitions(columns: readonly Column[]) {
  return columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
}

function listMetadata({ revision, continue: token, remaining, served }: ListAnswer, plain: boolean): string {
  let text = `{"resourceVersion":"${revision}"`;
  // Lists of custom resources say that there is no more.
  if (token !== undefined) text += `,"continue":"${token}"`;
  else if (plain && served.definition !== undefined) text += ',"continue":""';
  if (remaining !== undefined) text += `,"remainingItemCount":${remaining}`;
  return `${text}}`;
}
