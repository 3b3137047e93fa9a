/** Sends answers in the form that the client wants: JSON, YAML or protobuf. */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Document } from '../discovery/documents.ts';
import { parseExactly, writeExactly } from '../exact-json.ts';
import { internalError, notAcceptable } from '../registry/errors.ts';
import type { Answer, Query } from '../registry/request.ts';
import { StatusError } from '../status-error.ts';
import { sendCompressed } from './compression.ts';
import { sendDocument } from './documents.ts';
import { ClientGone, type Exchange, type Headers } from './exchange.ts';
import { JSON_HEADERS, withWarnings } from './headers.ts';
import { LongLists } from './long-lists.ts';
import { ACCEPTED_BUILTIN, type DiscoveryForm, PROTOBUF, type Representation, refusalForm } from './negotiation.ts';
import { OBJECTS_PER_TURN, Representer } from './represent.ts';
import type { ProtobufAnswers, ProtobufRepresenter } from './represent-protobuf.ts';
import type { EventWriter } from './watch-stream.ts';

/** What makes answers in protobuf. */
interface ProtobufParts {
  readonly answers: ProtobufAnswers;
  readonly representer: (form: Representation) => ProtobufRepresenter;
}

/** Shared by all requests. */
export class Sender {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #longLists: LongLists;
  #protobuf: Promise<ProtobufParts> | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.#longLists = new LongLists(clock);
  }

  /** What makes the events of a watch, and the headers of the answer. */
  async events(form: Representation, query: Query): Promise<{ writer: EventWriter; headers: Headers }> {
    if (!form.protobuf) return { writer: new Representer(form, this.#clock, query), headers: JSON_HEADERS };
    const writer = (await this.#protobufParts()).representer(form);
    return { writer, headers: { ...JSON_HEADERS, 'Content-Type': `${PROTOBUF};stream=watch` } };
  }

  /** What writes protobuf, loaded when somebody asks for it. */
  async #protobufParts(): Promise<ProtobufParts> {
    this.#protobuf ??= import('./represent-protobuf.ts').then(({ ProtobufAnswers, ProtobufRepresenter }) => {
      const answers = new ProtobufAnswers();
      return { answers, representer: (form) => new ProtobufRepresenter(form, answers) };
    });
    return this.#protobuf;
  }

  /** Says why a request was not carried out, or ends the exchange when nobody listens any more. */
  async refuse(exchange: Exchange, error: unknown, pretty: boolean, warnings: readonly string[]): Promise<void> {
    if (error instanceof ClientGone) {
      exchange.destroy();
      return;
    }
    let refusal = error;
    if (!(refusal instanceof StatusError)) {
      this.#logger.error({ error, method: exchange.method, url: exchange.url }, 'a request failed');
      refusal = internalError(error instanceof Error ? error.message : String(error));
    }
    const { status, headers: own } = refusal as StatusError;
    const headers = withWarnings({ ...JSON_HEADERS, ...own }, warnings);
    const form = refusalForm(exchange.header('accept'));
    if (form === 'protobuf') {
      const { answers } = await this.#protobufParts();
      exchange.send(status.code, { ...headers, 'Content-Type': PROTOBUF }, answers.status(status));
    } else if (form === 'yaml') {
      const { writeYaml } = await import('./yaml.ts');
      exchange.send(status.code, { ...headers, 'Content-Type': 'application/yaml' }, writeYaml(JSON.stringify(status)));
    } else if (form === undefined || pretty) {
      exchange.send(status.code, headers, JSON.stringify(status, null, 2));
    } else exchange.send(status.code, headers, `${JSON.stringify(status)}\n`);
  }

  /** A document of discovery. Throws 406. */
  async discovery(
    exchange: Exchange,
    pretty: boolean,
    document: Document,
    form: DiscoveryForm | undefined,
  ): Promise<void> {
    if (form === undefined || (form.aggregated && document.etag === undefined && !acceptsPlain(exchange))) {
      throw notAcceptable(ACCEPTED_BUILTIN);
    }
    if (form.syntax === 'json') return sendDocument(exchange, document, pretty);
    if (form.syntax === 'protobuf') {
      const { answers } = await this.#protobufParts();
      const contentType = document.contentType.replace('application/json', PROTOBUF);
      const bytes = answers.document(document.text);
      return sendDocument(exchange, { ...document, contentType, bytes }, false);
    }
    const { writeYaml } = await import('./yaml.ts');
    await sendDocument(
      exchange,
      { ...document, contentType: 'application/yaml', text: writeYaml(document.text) },
      false,
    );
  }

  /** The answer of a request that is no watch. */
  async answer(exchange: Exchange, query: Query, answer: Answer, form: Representation): Promise<void> {
    if (form.protobuf) return this.#sendProtobuf(exchange, answer, form);
    const headers = withWarnings(JSON_HEADERS, answer.warnings);
    const representer = new Representer(form, this.#clock, query);
    if (answer.type === 'object') {
      await this.#sendText(exchange, { code: answer.code, headers, json: representer.object(answer) }, form);
      return;
    }
    const isLong = answer.versions.length > OBJECTS_PER_TURN;
    if (isLong && !form.pretty && !form.yaml) {
      await sendCompressed(exchange, answer.code, headers, await this.#longLists.write(answer, representer));
      return;
    }
    let text = '';
    for (const piece of representer.list(answer)) {
      text += piece;
      // Other requests get their turn between the pieces of a long list.
      if (isLong) await new Promise<void>((resolve) => this.#clock.defer(resolve));
    }
    await this.#sendText(exchange, { code: answer.code, headers, json: text }, form);
  }

  async #sendProtobuf(exchange: Exchange, answer: Answer, form: Representation): Promise<void> {
    const representer = (await this.#protobufParts()).representer(form);
    const headers = withWarnings({ ...JSON_HEADERS, 'Content-Type': PROTOBUF }, answer.warnings);
    if (answer.type === 'object') {
      exchange.send(answer.code, headers, representer.object(answer));
      return;
    }
    let bytes: Buffer = Buffer.alloc(0);
    for (const piece of representer.list(answer)) {
      bytes = piece;
      if (answer.versions.length > OBJECTS_PER_TURN) {
        await new Promise<void>((resolve) => this.#clock.defer(resolve));
      }
    }
    await sendCompressed(exchange, answer.code, headers, bytes);
  }

  async #sendText(
    exchange: Exchange,
    { code, headers, json }: { readonly code: number; readonly headers: Headers; readonly json: string },
    { pretty, yaml }: Representation,
  ): Promise<void> {
    if (yaml) {
      const { writeYaml } = await import('./yaml.ts');
      exchange.send(code, { ...headers, 'Content-Type': 'application/yaml' }, writeYaml(json));
    } else await sendCompressed(exchange, code, headers, pretty ? writeExactly(parseExactly(json), 2) : `${json}\n`);
  }
}

/** Whether a client that prefers aggregated discovery takes other documents too. */
const acceptsPlain = (exchange: Exchange) =>
  (exchange.header('accept') ?? '')
    .split(',')
    .some((part) => !part.includes('as=') && /json|\*|yaml|protobuf/.test(part));
