import type { Duplex } from 'node:stream';

import type { ClientBase, Connection, Submittable } from 'pg';
import type { QueryRunner } from 'typeorm';

/** `pg_catalog.set_config(text, text, boolean)`: a number that PostgreSQL never changes. */
const SET_CONFIG = 2078;
const FUNCTION_CALL = 0x46; // 'F'
const FUNCTION_CALL_RESPONSE = 0x56; // 'V'
const READY_FOR_QUERY = 0x5a; // 'Z'
const HEAD_BYTES = 5;

/** How long a setting stays. */
export type Extent = 'session' | 'transaction';

/**
 * Sets a setting of the session, without PostgreSQL writing the value down: it logs the text of
 * statements, and by `log_statement`, `log_min_duration_statement` and errors their parameters, which
 * only a superuser can keep it from. Of a function call by its number in the protocol it logs the name of the
 * function alone, and neither pg_stat_activity nor pg_stat_statements knows more.
 *
 * @param extent of a transaction that has begun, or of the session
 */
export async function setUnlogged(
  on: ClientBase | QueryRunner,
  {
    name,
    value,
    extent,
  }: { readonly name: string; readonly value: string; readonly extent: Extent },
): Promise<void> {
  const client = 'isTransactionActive' in on ? ((await on.connect()) as ClientBase) : on;
  const call = new FunctionCall([name, value, extent === 'transaction' ? 't' : 'f']);
  client.query(call);
  await call.done;
}

type DataListener = (chunk: Buffer) => void;

/**
 * The message FunctionCall, which node-postgres does not know: what answers it is taken out of the
 * socket's bytes, and all the rest left to pg's own parser.
 */
class FunctionCall implements Submittable {
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;
  private stream: Duplex | undefined;
  private parserListeners: DataListener[] = [];
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly texts: readonly string[]) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    // pg keeps its socket in `stream`; the type does not say so.
    this.stream = (connection as unknown as { readonly stream: Duplex }).stream;
    this.parserListeners = this.stream.listeners('data') as DataListener[];
    for (const listener of this.parserListeners) this.stream.off('data', listener);
    this.stream.on('data', this.onData);
    this.stream.write(functionCall(SET_CONFIG, this.texts));
  }

  private readonly onData = (chunk: Buffer): void => {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= HEAD_BYTES) {
      const length = 1 + this.rest.readUInt32BE(1);
      if (this.rest.length < length) return;
      const message = this.rest.subarray(0, length);
      this.rest = this.rest.subarray(length);
      if (message[0] === FUNCTION_CALL_RESPONSE) continue;
      if (message[0] === READY_FOR_QUERY) {
        this.giveBack();
        this.passOn(Buffer.concat([message, this.rest]));
        return;
      }
      this.passOn(message);
    }
  };

  private passOn(bytes: Buffer): void {
    for (const listener of this.parserListeners) listener.call(this.stream, bytes);
  }

  private giveBack(): void {
    this.stream?.off('data', this.onData);
    for (const listener of this.parserListeners) this.stream?.on('data', listener);
  }

  handleError(error: unknown): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve();
  }
}

/** Arguments and result are texts. */
function functionCall(oid: number, texts: readonly string[]): Buffer {
  const body = [
    int32(oid),
    int16(0), // formats: all of them text
    int16(texts.length),
    ...texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      return [int32(bytes.length), bytes];
    }),
    int16(0),
  ];
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(FUNCTION_CALL), int32(length + 4), ...body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
