import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { FhirError } from '../../common';

/** Of all feeds, in one process: each is a file on its disk, and waits for the one writer. */
const MOST = 4;
const RETRY_SECONDS = 5;

/** Counts the batches that are on their way into this process. */
@Injectable()
export class BatchSlots {
  private running = 0;

  /** Takes a slot until the answer has ended, in whichever way. @throws FhirError 429 with Retry-After */
  take(response: Response): void {
    if (this.running >= MOST) throw tooMany();
    if (response.destroyed) return;
    this.running += 1;
    response.once('close', () => {
      this.running -= 1;
    });
  }
}

function tooMany(): FhirError {
  return new FhirError(
    `${MOST} batches are on their way already. Send yours again in ${RETRY_SECONDS} s, as Retry-After says.`,
    { status: 429, code: 'throttled', headers: { 'Retry-After': String(RETRY_SECONDS) } },
  );
}
