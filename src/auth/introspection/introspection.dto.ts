import { ApiProperty } from '@nestjs/swagger';

/** The form of an introspection request, for the documentation; readIntrospectionRequest reads it. */
export class IntrospectionForm {
  @ApiProperty({ description: 'The access token in question.' })
  token: string;

  @ApiProperty({
    required: false,
    enum: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    description: 'Of clients: says that client_assertion is a JWT.',
  })
  client_assertion_type?: string;

  @ApiProperty({
    required: false,
    description:
      'Of clients: a JWT as for the token endpoint, never used before; aud may be the URL of either endpoint.',
  })
  client_assertion?: string;
}

export class IntrospectionResponse {
  @ApiProperty({ description: 'Whether the token would be accepted now.' })
  active: boolean;

  @ApiProperty({ required: false, example: 'system/*.rs' })
  scope?: string;

  @ApiProperty({ required: false, example: 'f2b1c6b4-5a35-4d5e-9a7e-0c8d9f1e2a3b' })
  client_id?: string;

  @ApiProperty({ required: false, enum: ['bearer'] })
  token_type?: 'bearer';

  @ApiProperty({
    required: false,
    type: 'integer',
    description: 'When it ends, in seconds since 1970.',
  })
  exp?: number;

  @ApiProperty({ required: false, type: 'integer', description: 'When it was issued.' })
  iat?: number;

  @ApiProperty({ required: false, type: 'integer', description: 'When it begins to count.' })
  nbf?: number;

  @ApiProperty({ required: false, description: 'Whom it is about.' })
  sub?: string;

  @ApiProperty({
    required: false,
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'Whom it is for.',
  })
  aud?: string | string[];

  @ApiProperty({ required: false, description: 'Who issued it.' })
  iss?: string;

  @ApiProperty({ required: false, description: 'Its id.' })
  jti?: string;
}
