import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { SMART, tokenEndpointOf } from '../auth';
import {
  API_TAGS,
  ApiFormat,
  ApiOutcomes,
  ApiPublicOperation,
  FHIR_MEDIA_TYPES,
  fhirMediaType,
  sendFhir,
} from '../common';
import { type Config, CONFIG } from '../config';
import { type CapabilityStatement, capabilityStatement } from './capability-statement';
import { smartConfiguration } from './smart-configuration';

/** What a client may know before it has a token. Pages of other origins may read it, too. */
@ApiTags(API_TAGS.discovery)
@Controller()
export class ConformanceController {
  private readonly statement: CapabilityStatement;
  private readonly smart: string;

  constructor(@Inject(CONFIG) config: Config) {
    const { fhirBase } = config.http;
    this.statement = capabilityStatement({
      fhirBase,
      resourceTypes: config.resourceTypes,
      bulkDataVersion: config.export.bulkDataVersion,
      tokenEndpoint: tokenEndpointOf(config),
      introspectionEndpoint: `${fhirBase}/${SMART.introspectionPath}`,
      isWritten: config.feeds.hasFhirWrites,
    });
    this.smart = JSON.stringify(smartConfiguration(config));
  }

  @Get('metadata')
  @Header('Access-Control-Allow-Origin', '*')
  @ApiPublicOperation({
    summary: 'What this server can do',
    description:
      'The CapabilityStatement: resource types, searches and operations. Needs no token.',
  })
  @ApiOkResponse({
    description: 'A CapabilityStatement.',
    content: {
      [FHIR_MEDIA_TYPES.json]: { schema: { type: 'object' } },
      [FHIR_MEDIA_TYPES.xml]: { schema: { type: 'string' } },
    },
  })
  @ApiFormat()
  @ApiOutcomes({ 406: 'Accept or _format asks for something other than JSON or XML.' })
  metadata(@Req() request: Request, @Res() response: Response): void {
    sendFhir(response, this.statement, fhirMediaType(request));
  }

  @Get('.well-known/smart-configuration')
  @Header('Access-Control-Allow-Origin', '*')
  @ApiPublicOperation({
    summary: 'Where and how to get a token',
    description:
      'SMART discovery: the token endpoint, the scopes and the signature algorithms. Needs no token; JSON whatever Accept says. Also at the root of the origin.',
  })
  @ApiOkResponse({
    description: 'The SMART configuration.',
    content: { 'application/json': { schema: { type: 'object' } } },
  })
  smartConfiguration(@Res() response: Response): void {
    // Not by Express, which would add a charset: the type is exactly this (SM-02).
    response.setHeader('Content-Type', 'application/json');
    response.end(this.smart);
  }
}
