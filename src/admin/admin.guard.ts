import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';

import { RefusalLog } from '../audit';
import { OperatorCredential } from '../auth';
import { FhirError, notFound } from '../common';

/** Lets requests with ADMIN_TOKEN through. What was sent instead is put on record nowhere. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly operators: OperatorCredential,
    private readonly refusals: RefusalLog,
  ) {}

  /** @throws FhirError 401; 429 for too many wrong ones; 404 while there is no ADMIN_TOKEN */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.operators.isSet) throw notFound(SWITCHED_OFF);
    const request = context.switchToHttp().getRequest<Request & { readonly id?: unknown }>();
    const { authorization } = request.headers;
    const given = /^Bearer ([!-~]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (given !== undefined && this.operators.isRight(given, request)) return true;
    await this.refusals.record({
      action: 'admin.refused',
      outcome: 'refused',
      requestId: typeof request.id === 'string' ? request.id : undefined,
      detail: {
        method: request.method,
        credential: authorization === undefined ? 'none' : 'wrong',
      },
    });
    throw new FhirError('The operators’ API wants ADMIN_TOKEN as "Authorization: Bearer …".', {
      status: 401,
      code: 'login',
      headers: { 'WWW-Authenticate': 'Bearer realm="operators"' },
    });
  }
}

const SWITCHED_OFF =
  'The operators’ API is switched off here. Set ADMIN_TOKEN to switch it on, or use the command line.';
