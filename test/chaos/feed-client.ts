import { request } from 'node:http';
import { gzipSync } from 'node:zlib';

import { BulkClient } from '../../libs/smart-client/src';
import type { AppCredentials } from '../../scripts/service/register-app';
import { until } from '../support/until';

const OBSERVATIONS = 6;

/** What the store must hold of a resource. */
export interface Held {
  /** How often it has changed, deletions included. */
  readonly version: number;
  /** Null once it is deleted. */
  readonly state: string | null;
}

/**
 * A client that sends numbered batches and single resources, and again whatever is not answered, as the
 * documents tell clients to do; and its own book of what must be true after each batch.
 */
export class FeedClient {
  /** After each batch, by its number; nothing was before the first. */
  readonly books: Map<string, Held>[] = [new Map<string, Held>()];
  poisoned = 0;
  private puts = 0;
  private readonly tokens: BulkClient;

  constructor(
    private readonly url: string,
    credentials: AppCredentials,
    private readonly random = Math.random,
  ) {
    this.tokens = new BulkClient({
      ...{ fhirBase: `${url}/fhir`, scope: 'system/*.cud' },
      ...credentials,
    });
  }

  /** Sends the next batch in one of the ways that clients have, until it is taken in. */
  async sendBatch(): Promise<void> {
    const sequence = this.books.length;
    const { lines, book } = this.nextBatch(sequence);
    const content = Buffer.from(lines.join('\n'));
    this.books.push(book);
    const way = this.random();
    if (way < 0.2) await this.breakOff(sequence, content);
    const again = way > 0.6 && way < 0.8;
    const sent = [this.insist(sequence, content, way > 0.9)];
    if (again) sent.push(this.insist(sequence, content, true));
    await Promise.all(sent);
  }

  /** Writes one resource anew. @returns its version, as the answer says */
  async putOne(): Promise<void> {
    this.puts += 1;
    const body = JSON.stringify({ resourceType: 'Location', id: 'b', name: `${this.puts}` });
    const etag = await this.answered(
      '/fhir/Location/b',
      body,
      { 'Content-Type': 'application/fhir+json' },
      (response) => response.headers.get('etag'),
    );
    if (etag !== `W/"${this.puts}"`) throw new Error(`${etag} after ${this.puts} writes.`);
  }

  /** What the resource that is written by itself must be. */
  get written(): Held {
    return { version: this.puts, state: String(this.puts) };
  }

  private nextBatch(sequence: number): { lines: string[]; book: Map<string, Held> } {
    const book = new Map(this.books.at(-1));
    const lines: string[] = [];
    for (let number = 0; number < OBSERVATIONS; number += 1) {
      const kind = this.random();
      if (kind < 0.5) continue;
      const id = `o${number}`;
      const { version = 0, state = null } = book.get(id) ?? {};
      if (kind < 0.6) {
        lines.push(deletionOf(id));
        if (state !== null) book.set(id, { version: version + 1, state: null });
      } else {
        lines.push(JSON.stringify({ resourceType: 'Observation', id, status: `${sequence}` }));
        book.set(id, { version: version + 1, state: String(sequence) });
      }
    }
    if (this.random() < 0.3) {
      lines.push('{"resourceType":"Observation","id":"poison",');
      this.poisoned += 1;
    }
    return { lines, book };
  }

  private async insist(sequence: number, content: Buffer, packed: boolean): Promise<void> {
    const headers = {
      'Content-Type': 'application/fhir+ndjson',
      ...(packed && { 'Content-Encoding': 'gzip' }),
    };
    const body = packed ? gzipSync(content) : content;
    await this.answered(pathOf(sequence), body, headers, () => true);
  }

  private async answered<T>(
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>>,
    read: (response: Response) => T,
  ): Promise<T> {
    return await until(
      `PUT ${path} is taken`,
      async () => {
        const token = await this.tokens.token().catch(() => undefined);
        if (token === undefined) return undefined;
        const response = await fetch(`${this.url}${path}`, {
          ...{ method: 'PUT', body: body as BodyInit },
          headers: { ...headers, Authorization: `Bearer ${token}` },
        }).catch(() => undefined);
        const text = await response?.text().catch(() => undefined);
        if (!response || text === undefined || [429, 503].includes(response.status))
          return undefined;
        if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
        return read(response) ?? undefined;
      },
      120,
    );
  }

  /** Begins to send, and is gone in the middle. */
  private async breakOff(sequence: number, content: Buffer): Promise<void> {
    const token = await this.tokens.token().catch(() => '');
    await new Promise<void>((resolve) => {
      const sent = request(`${this.url}${pathOf(sequence)}`, {
        method: 'PUT',
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/fhir+ndjson',
          'Content-Length': content.length + 10,
        },
      });
      sent
        .once('error', () => undefined)
        .once('close', () => {
          resolve();
        });
      sent.write(content, () => {
        sent.destroy();
      });
    });
  }
}

function pathOf(sequence: number): string {
  return `/feeds/lab/batches/${sequence}`;
}

function deletionOf(id: string): string {
  const entry = [{ request: { method: 'DELETE', url: `Observation/${id}` } }];
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
}
