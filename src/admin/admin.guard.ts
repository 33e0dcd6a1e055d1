import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';

import { AuditLog } from '../audit';
import { FhirError, isSameSecret, notFound } from '../common';
import { type Config, CONFIG } from '../config';

/** Lets requests with ADMIN_TOKEN through. What was sent instead is put on record nowhere. */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly expected: string | undefined;

  constructor(
    @Inject(CONFIG) { admin }: Config,
    private readonly audit: AuditLog,
  ) {
    this.expected = admin.token;
  }

  /** @throws FhirError 401; 404 while there is no ADMIN_TOKEN */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.expected === undefined) throw notFound(SWITCHED_OFF);
    const request = context.switchToHttp().getRequest<Request & { readonly id?: unknown }>();
    const { authorization } = request.headers;
    const given = /^Bearer ([!-~]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (given !== undefined && isSameSecret(given, this.expected)) return true;
    await this.audit.record({
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
