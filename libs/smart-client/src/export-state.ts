import { type Manifest, readManifest } from './manifest';
import { expectStatus } from './request';

/** What one look at an export's status tells. */
export type ExportState =
  | {
      readonly state: 'in-progress';
      /** X-Progress, such as `42%`; servers need not send it. */
      readonly progress: string | undefined;
      /** Seconds until the next look is welcome. */
      readonly retryAfter: number;
    }
  | { readonly state: 'too-early'; readonly retryAfter: number }
  | {
      readonly state: 'complete';
      readonly manifest: Manifest;
      /** When the files go away. */
      readonly expires: Date | undefined;
    };

/** For servers that do not say. */
const DEFAULT_RETRY_SECONDS = 5;

/** @throws BulkRequestError when the export failed, is gone, or is not this client's */
export async function readState(
  response: Response,
  request: { readonly url: string },
): Promise<ExportState> {
  const { status, headers } = response;
  if (status === 202 || status === 429 || status === 503) {
    await response.body?.cancel();
    const retryAfter = readRetryAfter(headers.get('retry-after'), Date.now());
    if (status !== 202) return { state: 'too-early', retryAfter };
    return { state: 'in-progress', progress: headers.get('x-progress') ?? undefined, retryAfter };
  }
  await expectStatus(response, 200, request);
  const expires = headers.get('expires');
  return {
    state: 'complete',
    manifest: readManifest(await response.json()),
    expires: expires === null ? undefined : new Date(expires),
  };
}

/** Seconds of a Retry-After, which may be a number or a date (RFC 9110, 10.2.3). */
export function readRetryAfter(value: string | null, now: number): number {
  if (value === null) return DEFAULT_RETRY_SECONDS;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? DEFAULT_RETRY_SECONDS : Math.max(0, Math.ceil((date - now) / 1000));
}
