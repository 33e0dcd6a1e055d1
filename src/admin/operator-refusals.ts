import { Injectable } from '@nestjs/common';
import type { Request } from 'express';

import { RefusalLog } from '../audit';
import { FhirError, forbidden } from '../common';

/** Refusals of what is not an operator's. What was sent instead is put on record nowhere. */
@Injectable()
export class OperatorRefusals {
  constructor(private readonly refusals: RefusalLog) {}

  /** Puts a refusal on record. @returns what to throw */
  async of(request: Request, credential: 'none' | 'wrong' | 'session'): Promise<FhirError> {
    const { id } = request as { readonly id?: unknown };
    await this.refusals.record({
      action: 'admin.refused',
      outcome: 'refused',
      requestId: typeof id === 'string' ? id : undefined,
      detail: { method: request.method, credential },
    });
    return new FhirError(WANTED[credential], {
      status: 401,
      code: 'login',
      headers: { 'WWW-Authenticate': 'Bearer realm="operators"' },
    });
  }

  /** @returns what to throw when a cookie came along with what the console did not send */
  forged(): FhirError {
    return forbidden(
      'Signed-in operators change things from the console alone: "X-Requested-With: console" is missing.',
    );
  }
}

const BEARER = 'The operators’ API wants ADMIN_TOKEN as "Authorization: Bearer …".';

const WANTED = {
  none: BEARER,
  wrong: BEARER,
  session: 'The session has ended. Sign in again.',
} as const;
