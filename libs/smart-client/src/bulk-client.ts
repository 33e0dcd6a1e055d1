import { setTimeout as delay } from 'node:timers/promises';

import { type AccessTokenOptions, AccessTokens } from './access-tokens';
import { type Download, type DownloadTarget, receive } from './download';
import { type ExportState, readState } from './export-state';
import type { Manifest } from './manifest';
import { expectStatus, send } from './request';

/** Without a client id and its key, for servers that ask for no token. */
export type BulkClientOptions = Omit<AccessTokenOptions, 'clientId' | 'privateJwk'> &
  (Pick<AccessTokenOptions, 'clientId' | 'privateJwk'> | { clientId?: never; privateJwk?: never });

/** Parameters of a kick-off; all may be left out. */
export interface ExportParameters {
  /** `_type` */
  readonly types?: readonly string[];
  /** `_since`, an instant. */
  readonly since?: string;
  /** `_outputFormat` */
  readonly outputFormat?: string;
}

export interface WaitOptions {
  /** Told of every answer. */
  readonly onProgress?: (state: ExportState) => void;
  readonly signal?: AbortSignal;
}

export interface GetOptions {
  /** FHIR JSON by default. */
  readonly accept?: string;
  /** True by default. */
  readonly requiresAccessToken?: boolean;
  readonly redirect?: RequestRedirect;
  readonly signal?: AbortSignal;
}

export interface DownloadOptions {
  /** As the manifest says; true by default. */
  readonly requiresAccessToken?: boolean;
  readonly signal?: AbortSignal;
}

const FHIR_JSON = 'application/fhir+json';

/**
 * A client of one server: SMART Backend Services and Bulk Data export. Every method fails with
 * BulkRequestError when the server refuses.
 */
export class BulkClient {
  private readonly tokens: AccessTokens | undefined;

  constructor(private readonly options: BulkClientOptions) {
    this.tokens = options.clientId === undefined ? undefined : new AccessTokens(options);
  }

  /** An access token that is good for at least half a minute; fetched anew only when needed. */
  async token(): Promise<string> {
    if (!this.tokens) throw new Error('A client without an id gets no access token.');
    return await this.tokens.get();
  }

  /** Starts an export of a group. Each call starts another one. @returns the URL of its status */
  async kickOff(
    groupId: string,
    parameters: ExportParameters = {},
    method: 'GET' | 'POST' = 'GET',
  ): Promise<string> {
    return await this.kickOffAt(`Group/${encodeURIComponent(groupId)}/$export`, parameters, method);
  }

  /**
   * Starts an export. Each call starts another one.
   *
   * @param path of the operation below the base: `$export`, `Patient/$export`, `Group/ID/$export`
   * @returns the URL of its status
   */
  async kickOffAt(
    path: string,
    parameters: ExportParameters = {},
    method: 'GET' | 'POST' = 'GET',
  ): Promise<string> {
    const operation = `${this.options.fhirBase}/${path}`;
    const values = namedValues(parameters);
    const headers = { Accept: FHIR_JSON, Prefer: 'respond-async' };
    const [url, init] =
      method === 'GET'
        ? [withQuery(operation, values), { headers }]
        : [
            operation,
            {
              method,
              headers: { ...headers, 'Content-Type': FHIR_JSON },
              body: parametersResource(values),
            },
          ];
    const response = await expectStatus(await this.authorised(url, init), 202, { url, init });
    await response.body?.cancel();
    const location = response.headers.get('content-location');
    if (location === null) throw new Error(`${url} answered 202 without Content-Location.`);
    return new URL(location, url).href;
  }

  /** Looks at an export once, without waiting. */
  async poll(statusUrl: string, signal?: AbortSignal): Promise<ExportState> {
    const init = { headers: { Accept: 'application/json' }, signal };
    return await readState(await this.authorised(statusUrl, init), { url: statusUrl });
  }

  /** Polls until the export is complete, never before the server wants to be asked again. */
  async waitFor(statusUrl: string, { onProgress, signal }: WaitOptions = {}): Promise<Manifest> {
    for (;;) {
      const state = await this.poll(statusUrl, signal);
      onProgress?.(state);
      if (state.state === 'complete') return state.manifest;
      await delay(state.retryAfter * 1000, undefined, { signal });
    }
  }

  /**
   * Downloads a file of a manifest, uncompressed, as it is written. The token goes along unless the
   * manifest says that none is required: it is not for whoever serves such files (FR-07).
   */
  async download(
    url: string,
    target: DownloadTarget,
    { requiresAccessToken = true, signal }: DownloadOptions = {},
  ): Promise<Download> {
    const headers = { Accept: 'application/fhir+ndjson', 'Accept-Encoding': 'identity' };
    const response = await this.read(url, { headers, signal }, requiresAccessToken);
    return await receive(response, target, signal);
  }

  /** Gets something of the server's, its body yet to be read. */
  async get(
    url: string,
    { accept = FHIR_JSON, requiresAccessToken = true, ...init }: GetOptions = {},
  ): Promise<Response> {
    return await this.read(url, { headers: { Accept: accept }, ...init }, requiresAccessToken);
  }

  /** Cancels an export, or gives a finished one up. */
  async delete(statusUrl: string): Promise<void> {
    const init = { method: 'DELETE', headers: { Accept: FHIR_JSON } };
    const answer = await this.authorised(statusUrl, init);
    const response = await expectStatus(answer, 202, { url: statusUrl, init });
    await response.body?.cancel();
  }

  private async read(
    url: string,
    init: AuthorisedInit,
    requiresAccessToken: boolean,
  ): Promise<Response> {
    const { fetch } = this.options;
    const answer = requiresAccessToken ? this.authorised(url, init) : send(url, init, fetch);
    return await expectStatus(await answer, 200, { url, init });
  }

  /** A request with a token; once more with a new one if the server has stopped taking the old. */
  private async authorised(url: string, init: AuthorisedInit): Promise<Response> {
    const response = await this.sendWithToken(url, init);
    if (response.status !== 401 || !this.tokens) return response;
    await response.body?.cancel();
    this.tokens.forget();
    return await this.sendWithToken(url, init);
  }

  private async sendWithToken(url: string, init: AuthorisedInit): Promise<Response> {
    const token = await this.tokens?.get();
    const headers: Record<string, string> = { ...init.headers };
    if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
    return await send(url, { ...init, headers }, this.options.fetch);
  }
}

interface AuthorisedInit {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly redirect?: RequestRedirect;
  readonly signal?: AbortSignal;
}

type NamedValue = readonly [name: string, value: string, valueType: string];

function namedValues({ types, since, outputFormat }: ExportParameters): readonly NamedValue[] {
  return [
    types === undefined ? [] : [['_type', types.join(','), 'valueString'] as const],
    since === undefined ? [] : [['_since', since, 'valueInstant'] as const],
    outputFormat === undefined ? [] : [['_outputFormat', outputFormat, 'valueString'] as const],
  ].flat();
}

function withQuery(url: string, values: readonly NamedValue[]): string {
  if (values.length === 0) return url;
  return `${url}?${new URLSearchParams(values.map(([name, value]) => [name, value])).toString()}`;
}

function parametersResource(values: readonly NamedValue[]): string {
  return JSON.stringify({
    resourceType: 'Parameters',
    parameter: values.map(([name, value, valueType]) => ({ name, [valueType]: value })),
  });
}
