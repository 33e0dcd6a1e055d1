import { FhirError, RETRY_SOON } from '../../common';
import {
  BatchTooLargeError,
  OtherContentError,
  SequenceError,
  UnreadableBatchError,
  WriterBusyError,
} from './feed.errors';

/** What a client is told about what was not taken in, a batch or a resource; other errors as they are. */
export function toldFailure(error: unknown, sent: 'batch' | 'resource'): unknown {
  if (error instanceof SequenceError || error instanceof OtherContentError) {
    return new FhirError(`${error.message} Nothing was taken in. Send that one.`, {
      ...{ status: 409, code: 'conflict', cause: error },
    });
  }
  if (error instanceof UnreadableBatchError) {
    return new FhirError(`${error.message} Send it again as a whole.`, {
      ...{ status: 400, code: 'invalid', cause: error },
    });
  }
  if (error instanceof BatchTooLargeError) {
    return new FhirError(`${error.message} Nothing was taken in. Send several smaller ones.`, {
      ...{ status: 413, code: 'too-long', cause: error },
    });
  }
  if (error instanceof WriterBusyError) {
    return new FhirError(`${error.message} Send the ${sent} again, as Retry-After says.`, {
      ...{ status: 503, code: 'transient', headers: RETRY_SOON, cause: error },
    });
  }
  return error;
}
