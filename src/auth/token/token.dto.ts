import { ApiProperty } from '@nestjs/swagger';

import type { OAuthErrorCode } from './oauth.error';

/** The form of a token request, for the documentation; readTokenRequest reads it. */
export class TokenForm {
  @ApiProperty({ enum: ['client_credentials'], description: 'Always client_credentials.' })
  grant_type: string;

  @ApiProperty({
    enum: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    description: 'Says that client_assertion is a JWT.',
  })
  client_assertion_type: string;

  @ApiProperty({
    description:
      'A JWT that the client signed with RS384 or ES384. Header: alg, kid, typ. Claims: iss and sub (the client id), aud (the URL of this endpoint), exp (at most 5 minutes ahead), jti (never used before).',
  })
  client_assertion: string;

  @ApiProperty({
    description:
      'Scopes, separated by spaces, all in SMART v1 (system/*.read) or all in v2 (system/*.rs).',
    example: 'system/*.rs',
  })
  scope: string;

  @ApiProperty({
    required: false,
    description: 'May be left out; if given, it must be the iss of the assertion.',
  })
  client_id?: string;
}

export class TokenResponse {
  @ApiProperty({ description: 'Send it as `Authorization: Bearer …`.' })
  access_token: string;

  @ApiProperty({ enum: ['bearer'] })
  token_type: 'bearer';

  @ApiProperty({ type: 'integer', description: 'Seconds until the token ends.', example: 300 })
  expires_in: number;

  @ApiProperty({ description: 'What was granted; may be less than asked.', example: 'system/*.rs' })
  scope: string;
}

export class OAuthErrorBody {
  @ApiProperty({
    enum: [
      'invalid_request',
      'invalid_client',
      'invalid_scope',
      'unauthorized_client',
      'unsupported_grant_type',
      'temporarily_unavailable',
    ] satisfies OAuthErrorCode[],
  })
  error: string;

  @ApiProperty({ example: 'The client assertion was used before (jti).' })
  error_description: string;
}
