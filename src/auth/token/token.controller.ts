import {
  Body,
  Controller,
  Header,
  HttpCode,
  Inject,
  Post,
  Req,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { Request } from 'express';

import {
  ApiOutcomes,
  ApiPublicOperation,
  ApiSandboxHeader,
  notFound,
  parseSandbox,
  SANDBOX_HEADER,
} from '../../common';
import { type Config, CONFIG } from '../../config';
import { OAuthErrorFilter } from './oauth-error.filter';
import { FORM, notAForm } from './oauth-form';
import { OAuthError } from './oauth.error';
import { OAuthOutages } from './outages.interceptor';
import { requestIdOf } from './request-id';
import { readTokenRequest } from './token-request';
import { OAuthErrorBody, TokenForm, TokenResponse } from './token.dto';
import { type TokenGrant, TokenService } from './token.service';

@ApiTags('Authorisation')
@UseFilters(OAuthErrorFilter)
@UseInterceptors(OAuthOutages)
@Controller('auth')
export class TokenController {
  constructor(
    private readonly tokens: TokenService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('token')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @ApiPublicOperation({
    summary: 'Get an access token',
    description:
      'SMART Backend Services: a System app proves who it is with a JWT signed by one of its registered keys, and gets a token for the scopes that can be granted.',
  })
  @ApiSandboxHeader()
  @ApiConsumes(FORM)
  @ApiBody({ type: TokenForm })
  @ApiOkResponse({ type: TokenResponse, description: 'The token.' })
  @ApiBadRequestResponse({
    type: OAuthErrorBody,
    description:
      'The form is incomplete or no form, no scope can be granted, or the client is no System app.',
  })
  @ApiUnauthorizedResponse({
    type: OAuthErrorBody,
    description:
      'The client is unknown or disabled, or its assertion is not valid or was used before.',
  })
  @ApiOutcomes({ 404: 'Tokens are issued elsewhere; discovery says where.' })
  @ApiServiceUnavailableResponse({
    type: OAuthErrorBody,
    description: 'PostgreSQL is not available; Retry-After says when to ask again.',
  })
  async token(@Req() request: Request, @Body() form: unknown): Promise<TokenGrant> {
    if (!this.config.auth.issuesTokens) throw notFound(ELSEWHERE);
    if (!request.is(FORM)) throw notAForm();
    return this.tokens.issue(
      readTokenRequest(form, request.get('Authorization')),
      requestIdOf(request),
      this.lifetimeFor(request),
    );
  }

  /** What the client of a sandbox asks for; undefined: as always. */
  private lifetimeFor(request: Request): number | undefined {
    if (!this.config.sandbox) return undefined;
    try {
      return parseSandbox(request.get(SANDBOX_HEADER))?.tokenLifetime;
    } catch (error) {
      throw new OAuthError('invalid_request', (error as Error).message);
    }
  }
}

const ELSEWHERE =
  'This service issues no tokens. [base]/.well-known/smart-configuration says where to get them.';
