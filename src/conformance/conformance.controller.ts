import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import { SMART } from '../auth';
import { API_TAGS, ApiOutcomes } from '../common';
import { type Config, CONFIG } from '../config';
import { capabilityStatement } from './capability-statement';
import { smartConfiguration } from './smart-configuration';

/** What a client may know before it has a token. Pages of other origins may read it, too. */
@ApiTags(API_TAGS.discovery)
@Controller()
export class ConformanceController {
  private readonly statement: string;
  private readonly smart: string;

  constructor(@Inject(CONFIG) { http: { fhirBase } }: Config) {
    const tokenEndpoint = `${fhirBase}/${SMART.tokenPath}`;
    this.statement = JSON.stringify(capabilityStatement({ fhirBase, tokenEndpoint }));
    this.smart = JSON.stringify(smartConfiguration(tokenEndpoint));
  }

  @Get('metadata')
  @Header('Access-Control-Allow-Origin', '*')
  @ApiOperation({
    summary: 'What this server can do',
    description:
      'The CapabilityStatement: resource types, searches and operations. Needs no token.',
  })
  @ApiOkResponse({
    description: 'A CapabilityStatement.',
    content: { 'application/fhir+json': { schema: { type: 'object' } } },
  })
  @ApiOutcomes({ 406: 'Accept asks for something other than JSON.' })
  metadata(@Res() response: Response): void {
    response.type('application/fhir+json').send(this.statement);
  }

  @Get('.well-known/smart-configuration')
  @Header('Access-Control-Allow-Origin', '*')
  @ApiOperation({
    summary: 'Where and how to get a token',
    description:
      'SMART discovery: the token endpoint, the scopes and the signature algorithms. Needs no token; JSON whatever Accept says.',
  })
  @ApiOkResponse({
    description: 'The SMART configuration.',
    content: { 'application/json': { schema: { type: 'object' } } },
  })
  smartConfiguration(@Res() response: Response): void {
    response.type('application/json').send(this.smart);
  }
}
