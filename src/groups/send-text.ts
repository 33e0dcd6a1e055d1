import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Response } from 'express';

/**
 * Sends text as it is made, no faster than the client reads. Headers go out with the first piece, so
 * a failure before it can still be answered with an OperationOutcome.
 */
export async function sendText(response: Response, text: AsyncGenerator<string>): Promise<void> {
  const first = await text.next();
  const pieces = async function* (): AsyncGenerator<string> {
    if (first.done !== true) yield first.value;
    yield* text;
  };
  try {
    await pipeline(Readable.from(pieces()), response);
  } catch (error) {
    // The client went away: there is nobody to tell, and nothing is wrong here.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')
      return;
    throw error;
  }
}
