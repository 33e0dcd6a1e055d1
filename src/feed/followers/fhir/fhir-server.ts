import type { JWK } from 'jose';

import type { LocalReference } from '@app/fhir';
import { BulkClient, BulkRequestError, PoliteFetch } from '@app/smart-client';

import type { FhirSourceConfig } from '../../../config';
import { type Capabilities, readCapabilities } from './capabilities';
import { SourceServerError } from './source.errors';

const NDJSON = 'application/fhir+ndjson';

/**
 * The server that is followed, over HTTP. Tokens go to the server itself alone, and what it says about
 * waiting is obeyed.
 */
export class FhirServer {
  readonly client: BulkClient;
  private readonly polite = new PoliteFetch();

  /** @param maxBytes of an answer that is read as a whole */
  constructor(
    private readonly config: Pick<FhirSourceConfig, 'url' | 'client'>,
    key: JWK | undefined,
    private readonly maxBytes: number,
  ) {
    const { url: fhirBase, client } = config;
    const fetch: PoliteFetch['fetch'] = (url, init) =>
      this.polite.fetch(url, { redirect: 'error', ...init });
    this.client = new BulkClient(
      client && key
        ? { fhirBase, fetch, clientId: client.id, privateJwk: key, scope: client.scope }
        : { fhirBase, fetch },
    );
  }

  /** Ends whatever is under way. */
  set signal(signal: AbortSignal) {
    this.polite.signal = signal;
  }

  /** @returns what the server can, and the time by its clock, when it tells that */
  async capabilities(): Promise<{
    readonly capabilities: Capabilities;
    readonly clock: Date | undefined;
  }> {
    const response = await this.client.get(this.at('metadata'));
    const time = Date.parse(response.headers.get('date') ?? '');
    const statement = parse(await this.whole(response));
    return {
      capabilities: readCapabilities(statement),
      clock: Number.isNaN(time) ? undefined : new Date(time),
    };
  }

  /** A page of a search. */
  async page(url: string): Promise<Buffer> {
    return await this.whole(await this.client.get(this.own(url)));
  }

  /** Whether a resource is there. @throws BulkRequestError when the server does not say so */
  async has({ type, id }: LocalReference): Promise<boolean> {
    try {
      await (await this.client.get(this.at(`${type}/${id}`))).body?.cancel();
      return true;
    } catch (error) {
      if (error instanceof BulkRequestError && [404, 410].includes(error.status)) return false;
      throw error;
    }
  }

  /** The bytes of an export's file. */
  async *file(url: string, requiresAccessToken: boolean): AsyncGenerator<Buffer, void> {
    const place = requiresAccessToken ? this.own(url) : new URL(url, this.config.url).href;
    const options = { accept: NDJSON, requiresAccessToken, redirect: 'follow' as const };
    const response = await this.client.get(place, options);
    for await (const chunk of response.body ?? []) yield Buffer.from(chunk as Uint8Array);
  }

  at(path: string): string {
    return `${this.config.url}/${path}`;
  }

  /** @throws SourceServerError for a link that leads away from the server: our token is not for others */
  own(link: string): string {
    const url = URL.parse(link, `${this.config.url}/`);
    if (url && url.origin === new URL(this.config.url).origin) return url.href;
    throw new SourceServerError('a link leads to another server');
  }

  private async whole(response: Response): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      chunks.push(Buffer.from(chunk as Uint8Array));
      bytes += (chunk as Uint8Array).length;
      if (bytes > this.maxBytes) {
        throw new SourceServerError('an answer is larger than FEED_LINE_MAX_BYTES');
      }
    }
    return Buffer.concat(chunks);
  }
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    throw new SourceServerError('the CapabilityStatement is no JSON');
  }
}
