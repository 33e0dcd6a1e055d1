import {
  Body,
  Controller,
  Header,
  HttpCode,
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
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { Request } from 'express';

import { ApiOutcomes, OPERATOR_SCHEME } from '../../common';
import { INTROSPECTION_PATH } from '../paths';
import { OAuthErrorFilter } from '../token/oauth-error.filter';
import { FORM } from '../token/oauth-form';
import { OAuthOutages } from '../token/outages.interceptor';
import { OAuthErrorBody } from '../token/token.dto';
import { readIntrospectionRequest } from './introspection-request';
import { IntrospectionForm, IntrospectionResponse } from './introspection.dto';
import { type Introspection, IntrospectionService } from './introspection.service';

@ApiTags('Authorisation')
@UseFilters(OAuthErrorFilter)
@UseInterceptors(OAuthOutages)
@Controller(INTROSPECTION_PATH)
export class IntrospectionController {
  constructor(private readonly introspections: IntrospectionService) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @ApiOperation({
    // A client proves who it is in the form.
    security: [{}, { [OPERATOR_SCHEME]: [] }],
    summary: 'Ask what an access token is good for',
    description:
      'RFC 7662. A System app proves who it is as at the token endpoint, and is told of its own tokens; operators send ADMIN_TOKEN as a bearer token, and are told of all.',
  })
  @ApiConsumes(FORM)
  @ApiBody({ type: IntrospectionForm })
  @ApiOkResponse({
    type: IntrospectionResponse,
    description:
      'Of a token that is not valid, or not for the asker to know of, no more than that.',
  })
  @ApiBadRequestResponse({
    type: OAuthErrorBody,
    description: 'The form is incomplete or no form, or the client is no System app.',
  })
  @ApiUnauthorizedResponse({
    type: OAuthErrorBody,
    description: 'The asker has not proven who it is.',
  })
  @ApiServiceUnavailableResponse({
    type: OAuthErrorBody,
    description: 'PostgreSQL is not available; Retry-After says when to ask again.',
  })
  @ApiOutcomes({
    429: 'Too many wrong credentials of operators; Retry-After says when to ask again.',
  })
  async introspect(@Req() request: Request, @Body() form: unknown): Promise<Introspection> {
    const asked = readIntrospectionRequest(form, request.get('Authorization'));
    return this.introspections.introspect(asked, request);
  }
}
