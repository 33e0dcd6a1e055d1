import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';

import { AuditLog, actingAs } from '../audit';
import { OperatorCredential, type OperatorSession, OperatorSessions } from '../auth';
import { notFound } from '../common';
import { type Config, CONFIG } from '../config';
import { AdminGuard, SWITCHED_OFF } from './admin.guard';
import { checkedBody } from './checked-body';
import { OperatorRefusals } from './operator-refusals';
import type { OperatorRequest } from './operator-request';
import { isFromConsole, sessionCookie, sessionOf } from './session-cookie';
import { SignIn } from './session.dto';

/** Signing in to the console, and out again: ADMIN_TOKEN for a cookie that scripts cannot read. */
@ApiExcludeController()
@Controller('admin/session')
@UsePipes(checkedBody())
export class AdminSessionController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly operators: OperatorCredential,
    private readonly sessions: OperatorSessions,
    private readonly refusals: OperatorRefusals,
    private readonly audit: AuditLog,
  ) {}

  /** @throws FhirError 401 for a wrong token, 429 for too many, 403 for what no page of this origin sent */
  @Post()
  @HttpCode(200)
  async open(
    @Body() { token, name }: SignIn,
    @Req() request: OperatorRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OperatorSession> {
    if (!this.operators.isSet) throw notFound(SWITCHED_OFF);
    if (!isFromConsole(request)) throw this.refusals.forged();
    if (!this.operators.isRight(token, request)) throw await this.refusals.of(request, 'wrong');
    const { secret, ...session } = await this.sessions.open(name);
    await actingAs(name, () =>
      this.audit.record({
        action: 'operator.signed-in',
        outcome: 'success',
        requestId: request.id,
      }),
    );
    const cookie = sessionCookie(this.config, request);
    response.cookie(cookie.name, secret, { ...cookie.options, expires: session.expiresAt });
    return session;
  }

  @Get()
  @UseGuards(AdminGuard)
  show(@Req() { operator }: OperatorRequest): Partial<OperatorSession> {
    return operator ?? {};
  }

  @Delete()
  @HttpCode(204)
  @UseGuards(AdminGuard)
  async close(
    @Req() request: OperatorRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const secret = sessionOf(request);
    const { operator } = request;
    const cookie = sessionCookie(this.config, request);
    response.clearCookie(cookie.name, cookie.options);
    if (secret === undefined || !operator) return;
    await this.sessions.close(secret);
    await actingAs(operator.name, () =>
      this.audit.record({
        action: 'operator.signed-out',
        outcome: 'success',
        requestId: request.id,
      }),
    );
  }
}
