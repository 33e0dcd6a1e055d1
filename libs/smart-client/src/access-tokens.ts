import type { JWK } from 'jose';

import { clientAssertion } from './client-assertion';
import { expectStatus, type Fetch, send } from './request';

export interface AccessTokenOptions {
  /** Base URL of the FHIR server, without a trailing slash. */
  readonly fhirBase: string;
  readonly clientId: string;
  /** With `kid` and `alg`, as generateClientKeys makes it. */
  readonly privateJwk: JWK;
  /** Default: everything that the client may read. */
  readonly scope?: string;
  /** In place of the global one. */
  readonly fetch?: Fetch;
}

/** A token is replaced this long before it expires, so that no request is overtaken by its end. */
const MARGIN_SECONDS = 30;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Access tokens by SMART Backend Services: discovered, fetched when needed, used until they end. */
export class AccessTokens {
  private endpoint: Promise<string> | undefined;
  private current: Promise<{ readonly token: string; readonly goodUntil: number }> | undefined;

  constructor(private readonly options: AccessTokenOptions) {}

  /** A token that is good for at least half a minute. */
  async get(): Promise<string> {
    this.current ??= this.fetch();
    const { token, goodUntil } = await this.current.catch((error: unknown) => {
      this.forget();
      throw error;
    });
    if (Date.now() < goodUntil) return token;
    this.forget();
    return await this.get();
  }

  /** Drops the token: the server does not take it any more. */
  forget(): void {
    this.current = undefined;
  }

  private async fetch(): Promise<{ readonly token: string; readonly goodUntil: number }> {
    const { clientId, privateJwk, scope = 'system/*.rs' } = this.options;
    this.endpoint ??= this.discover();
    const url = await this.endpoint.catch((error: unknown) => {
      this.endpoint = undefined;
      throw error;
    });
    const askedAt = Date.now();
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await clientAssertion(clientId, privateJwk, url),
    });
    const init = { method: 'POST', body, headers: { Accept: 'application/json' } };
    const response = await expectStatus(await this.send(url, init), 200, { url, init });
    const answer = (await response.json()) as { access_token?: string; expires_in?: number };
    const { access_token: token, expires_in: lifetime = 0 } = answer;
    if (token === undefined) throw new Error(`${url} answered without an access_token.`);
    // A lifetime below the margin must not make us ask without end.
    const usable = Math.max(lifetime - MARGIN_SECONDS, lifetime / 2, 1);
    return { token, goodUntil: askedAt + usable * 1000 };
  }

  private send(url: string, init: RequestInit): Promise<Response> {
    return send(url, init, this.options.fetch);
  }

  private async discover(): Promise<string> {
    const url = `${this.options.fhirBase}/.well-known/smart-configuration`;
    const init = { headers: { Accept: 'application/json' } };
    const response = await expectStatus(await this.send(url, init), 200, { url, init });
    const { token_endpoint: endpoint } = (await response.json()) as { token_endpoint?: string };
    if (endpoint === undefined) throw new Error(`${url} names no token_endpoint.`);
    return endpoint;
  }
}
