import { setTimeout as delay } from 'node:timers/promises';

import { BulkRequestError, type Manifest, type ManifestFile } from '@app/smart-client';

import type { Clock } from '../../../common';
import type { FhirSourceConfig } from '../../../config';
import { readLines } from '../../reading/line-reader';
import type { FhirServer } from './fhir-server';
import { LostExportError } from './source.errors';

/** Answers to a status request that say nothing of the export: it is asked for again later. */
const PASSING = [401, 408, 429, 502, 503, 504];
const GONE = [404, 410];
const FAULTS = ['error', 'fatal'];

/** A line of a file; numbers are from 1. */
export interface FileLine {
  readonly number: number;
  /** Undefined when it is too long. */
  readonly text: Buffer | undefined;
}

/** An export of the server's, from its start to its files. */
export class ServerExport {
  constructor(
    private readonly server: FhirServer,
    private readonly config: Pick<FhirSourceConfig, 'operation' | 'types' | 'exportWait'>,
    private readonly clock: Clock,
    private readonly lineMaxBytes: number,
  ) {}

  /** @returns the URL of its status */
  async start(since: string | undefined): Promise<string> {
    const { operation, types } = this.config;
    const parameters = { ...(since && { since }), ...(types.length > 0 && { types }) };
    return this.server.own(await this.server.client.kickOffAt(operation, parameters));
  }

  /**
   * Waits for its end, as the server wants to be asked.
   *
   * @throws LostExportError when it failed, is gone, or takes longer than it may
   */
  async manifest(statusUrl: string, begunAt: string, signal: AbortSignal): Promise<Manifest> {
    const latest = Date.parse(begunAt) + this.config.exportWait * 1000;
    for (;;) {
      const state = await this.server.client.poll(statusUrl).catch(asLost);
      if (state.state === 'complete') return whole(state.manifest);
      const left = latest - this.clock.now().getTime();
      if (left <= 0) throw new LostExportError('an export took too long', false);
      const pause = Math.min(Math.max(state.retryAfter, 1) * 1000, left);
      await delay(pause, undefined, { signal });
    }
  }

  /** @throws LostExportError when the file is gone */
  async *lines(
    { url }: ManifestFile,
    { requiresAccessToken }: Manifest,
  ): AsyncGenerator<FileLine, void> {
    try {
      const bytes = this.server.file(url, requiresAccessToken);
      for await (const lines of readLines(bytes, this.lineMaxBytes)) yield* lines;
    } catch (error) {
      const isGone = error instanceof BulkRequestError && GONE.includes(error.status);
      throw isGone ? new LostExportError('a file is gone', true, { cause: error }) : error;
    }
  }

  /** How many things went wrong, as the export's `error` files tell; warnings are none. */
  async faults(manifest: Manifest): Promise<number> {
    let faults = 0;
    for (const file of manifest.error) {
      for await (const { text } of this.lines(file, manifest)) {
        if (text === undefined || (text.length > 0 && isFault(text))) faults += 1;
      }
    }
    return faults;
  }

  /** Lets the server forget it, if it likes. */
  async finish(statusUrl: string): Promise<void> {
    await this.server.client.delete(statusUrl).catch(() => undefined);
  }
}

function asLost(error: unknown): never {
  if (!(error instanceof BulkRequestError) || PASSING.includes(error.status)) throw error;
  const { status } = error;
  const options = { cause: error };
  throw new LostExportError(`an export failed: HTTP ${status}`, GONE.includes(status), options);
}

/** Partial manifests come to those who ask for them: a page alone is not the whole. */
function whole(manifest: Manifest): Manifest {
  const links: readonly { readonly relation?: string }[] = manifest.link ?? [];
  if (!links.some(({ relation }) => relation === 'next')) return manifest;
  throw new LostExportError('a manifest comes in several pages', false);
}

/** An outcome that cannot be read says nothing good. */
function isFault(text: Buffer): boolean {
  try {
    const { issue } = JSON.parse(text.toString('utf8')) as { issue?: { severity?: string }[] };
    return !Array.isArray(issue) || issue.some(({ severity = '' }) => FAULTS.includes(severity));
  } catch {
    return true;
  }
}
