import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import { OperatorCredential, OperatorSessions } from '../auth';
import { notFound } from '../common';
import { OperatorRefusals } from './operator-refusals';
import type { OperatorRequest } from './operator-request';
import { isFromConsole, sessionOf } from './session-cookie';

/** Lets requests with ADMIN_TOKEN through, and those of operators who are signed in to the console. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly operators: OperatorCredential,
    private readonly sessions: OperatorSessions,
    private readonly refusals: OperatorRefusals,
  ) {}

  /**
   * @throws FhirError 401; 429 for too many wrong ones; 404 while there is no ADMIN_TOKEN; 403 when a session
   * would change something at another page's wish
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.operators.isSet) throw notFound(SWITCHED_OFF);
    const request = context.switchToHttp().getRequest<OperatorRequest>();
    const { authorization } = request.headers;
    if (authorization === undefined) return this.isSignedIn(request);
    const given = /^Bearer ([!-~]{1,512})$/i.exec(authorization)?.[1];
    if (given !== undefined && this.operators.isRight(given, request)) return true;
    throw await this.refusals.of(request, 'wrong');
  }

  private async isSignedIn(request: OperatorRequest): Promise<boolean> {
    const secret = sessionOf(request);
    if (secret === undefined) throw await this.refusals.of(request, 'none');
    const session = await this.sessions.find(secret);
    if (!session) throw await this.refusals.of(request, 'session');
    if (!isFromConsole(request)) throw this.refusals.forged();
    request.operator = session;
    return true;
  }
}

export const SWITCHED_OFF =
  'The operators’ API is switched off here. Set ADMIN_TOKEN to switch it on, or use the command line.';
