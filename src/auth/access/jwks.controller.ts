import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { JWK } from 'jose';

import { ApiPublicOperation } from '../../common';
import { AccessTokens } from './access-tokens';

class PublicKeySet {
  @ApiProperty({
    type: 'array',
    items: { type: 'object' },
    description: 'Public keys on P-384, for ES384.',
    example: [{ kty: 'EC', crv: 'P-384', kid: 'key-1', alg: 'ES384', use: 'sig', x: '…', y: '…' }],
  })
  keys: readonly JWK[];
}

@ApiTags('Authorisation')
@Controller('auth')
export class JwksController {
  constructor(private readonly tokens: AccessTokens) {}

  @Get('jwks')
  @Header('Cache-Control', 'public, max-age=300')
  @ApiPublicOperation({
    summary: 'Public keys of this service',
    description:
      'The keys that verify access tokens and certificates of exports; several while they are being rotated.',
  })
  @ApiOkResponse({ type: PublicKeySet, description: 'A JSON Web Key Set.' })
  jwks(): { readonly keys: readonly JWK[] } {
    return { keys: this.tokens.publicKeys() };
  }
}
