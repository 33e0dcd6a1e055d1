import request from 'supertest';

import type { TestApp } from './app';
import { until } from './until';

export interface ManifestFile {
  readonly type: string;
  readonly url: string;
  readonly count: number;
  readonly extension: Readonly<Record<string, string | number>>;
}

export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly outputOrganizedBy?: string;
  readonly output: readonly ManifestFile[];
  readonly deleted?: readonly ManifestFile[];
  readonly error: readonly ManifestFile[];
  readonly extension?: {
    readonly 'urn:ehr-bulk-data:source-time'?: string;
    readonly 'urn:ehr-bulk-data:counts'?: readonly Count[];
  };
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

/** What an export must hold of a type, and what became of it. */
export interface Count {
  readonly type?: string;
  readonly expected: number;
  readonly given: number;
  readonly told?: number;
}

/** Kicks an export off. @returns the URL in Content-Location */
export async function kickOff(service: TestApp, path: string, token: string): Promise<string> {
  const answer = await request(service.url).get(`/fhir/${path}`).auth(token, { type: 'bearer' });
  if (answer.status !== 202) throw new Error(`kick-off: ${answer.status} ${answer.text}`);
  return answer.headers['content-location'] as string;
}

/**
 * Moves the clock to each announced poll instead of waiting for it.
 *
 * @param isDamaged the test has made the export differ from what was counted
 * @returns the manifest
 */
export async function manifestOf(
  service: TestApp,
  statusUrl: string,
  token: string,
  isDamaged = false,
): Promise<Manifest> {
  const manifest = await completed(service, statusUrl, token);
  const { 'urn:ehr-bulk-data:counts': counts = [] } = manifest.extension ?? {};
  const differing = Array.isArray(counts) ? counts.filter(differs) : [];
  if (differing.length > 0 && !isDamaged) throw new Error(`counts: ${JSON.stringify(differing)}`);
  return manifest;
}

function differs({ expected, given, told }: Count): boolean {
  return told === undefined ? given > expected : given + told !== expected;
}

function completed(service: TestApp, statusUrl: string, token: string): Promise<Manifest> {
  return until('the export is complete', async () => {
    const answer = await request(statusUrl).get('').auth(token, { type: 'bearer' });
    if (answer.status === 200) return answer.body as Manifest;
    if (answer.status !== 202 && answer.status !== 429) {
      throw new Error(`status: ${answer.status} ${answer.text}`);
    }
    await service.clock.advance(Number(answer.headers['retry-after']));
    return undefined;
  });
}

/** The text of a file. */
export async function download(url: string, token: string): Promise<string> {
  const answer = await request(url)
    .get('')
    .auth(token, { type: 'bearer' })
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        done(null, Buffer.concat(chunks).toString());
      });
    });
  if (answer.status !== 200) throw new Error(`download: ${answer.status}`);
  return answer.body as string;
}

/** Every exported line by type, the files of a type one after the other. */
export async function downloadAll(
  manifest: Manifest,
  token: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const lines = new Map<string, string[]>();
  for (const file of manifest.output) {
    const text = await download(file.url, token);
    const own = lines.get(file.type) ?? [];
    own.push(...text.split('\n').slice(0, -1));
    lines.set(file.type, own);
  }
  return lines;
}
