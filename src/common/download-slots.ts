import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { type Config, CONFIG } from '../config';
import { FhirError } from './fhir.error';

const RETRY_SECONDS = 5;

/** Counts the downloads of each app that are under way in this process. */
@Injectable()
export class DownloadSlots {
  private readonly running = new Map<string, number>();

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Takes a slot until the answer has ended, in whichever way. @throws FhirError 429 with Retry-After */
  take(appId: string, response: Response): void {
    const running = this.running.get(appId) ?? 0;
    if (running >= this.config.http.downloadsPerApp) throw tooMany(running);
    if (response.destroyed) return;
    this.running.set(appId, running + 1);
    response.once('close', () => {
      this.release(appId);
    });
  }

  private release(appId: string): void {
    const left = (this.running.get(appId) ?? 1) - 1;
    if (left > 0) this.running.set(appId, left);
    else this.running.delete(appId);
  }
}

function tooMany(running: number): FhirError {
  return new FhirError(
    `This app has ${running} downloads under way. Let one end, and ask again in ${RETRY_SECONDS} s, as Retry-After says.`,
    { status: 429, code: 'throttled', headers: { 'Retry-After': String(RETRY_SECONDS) } },
  );
}
