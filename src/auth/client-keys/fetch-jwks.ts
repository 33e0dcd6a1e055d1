import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';

import { freshness, type Freshness } from './cache-control';
import { JwksFetchError } from './client-keys.errors';
import { publicLookup, type Resolve } from './guarded-lookup';
import { keysOf } from './jwks';
import { isPublicAddressLiteral } from './public-address';

export interface FetchLimits {
  /** Also by http, and from private and loopback addresses. */
  readonly allowPrivateAddresses: boolean;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly resolve?: Resolve;
}

export interface FetchedJwks {
  /** The members of the set as sent: what is no usable key shows when it is asked for. */
  readonly keys: readonly unknown[];
  readonly freshness: Freshness;
}

const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;

/**
 * Fetches a key set from a client's JWKS URL (RG-09, RG-11): https, public addresses, no redirects,
 * 5 s and 256 KiB at most.
 *
 * @throws JwksFetchError with the reason
 */
export async function fetchJwks(url: string, limits: FetchLimits): Promise<FetchedJwks> {
  const signal = AbortSignal.timeout(limits.timeoutMs ?? TIMEOUT_MS);
  try {
    const response = await open(new URL(url), limits, signal);
    const keys = keysOf(JSON.parse(await bodyOf(response, limits.maxBytes ?? MAX_BYTES)));
    if (!keys) throw new JwksFetchError('does not give a JWK Set');
    return { keys, freshness: freshness(response.headers) };
  } catch (error) {
    if (error instanceof JwksFetchError) throw error;
    if (signal.aborted) throw new JwksFetchError('takes too long to answer', { cause: error });
    throw explained(error);
  }
}

function explained(cause: unknown): JwksFetchError {
  if (cause instanceof SyntaxError) return new JwksFetchError('does not give JSON');
  const code = (cause as { code?: unknown }).code;
  return new JwksFetchError(
    `cannot be reached (${typeof code === 'string' ? code : 'connection failed'})`,
    { cause },
  );
}

async function open(url: URL, limits: FetchLimits, signal: AbortSignal): Promise<IncomingMessage> {
  refuseUnsafe(url, limits);
  const options: RequestOptions = {
    agent: false,
    headers: { Accept: 'application/json', 'Accept-Encoding': 'identity' },
    signal,
    ...(limits.allowPrivateAddresses ? {} : { lookup: publicLookup(limits.resolve) }),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    request(url, options, resolve).on('error', reject).end();
  });
  if (response.statusCode === 200) return response;
  response.destroy();
  throw new JwksFetchError(`answers ${response.statusCode ?? 'nothing'}, not 200`);
}

/** A literal address is never looked up, so it is checked here. */
function refuseUnsafe(url: URL, { allowPrivateAddresses }: FetchLimits): void {
  if (allowPrivateAddresses) return;
  if (url.protocol !== 'https:') throw new JwksFetchError('is not https');
  if (isPublicAddressLiteral(url.hostname) === false) {
    throw new JwksFetchError('has a private address');
  }
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new JwksFetchError(`gives more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  // Leaves a byte order mark out.
  return new TextDecoder().decode(Buffer.concat(chunks));
}
