import { Controller, Get, Header, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import {
  API_TAGS,
  ApiFormat,
  ApiOutcomes,
  ApiPublicOperation,
  FHIR_MEDIA_TYPES,
  fhirMediaType,
  notFound,
  sendFhir,
} from '../common';
import { type Config, CONFIG } from '../config';
import { operationDefinition } from './operation-definition';

/** What the export operations take here. Open to everybody, as the CapabilityStatement is. */
@ApiTags(API_TAGS.discovery)
@Controller('OperationDefinition/:id')
export class OperationDefinitionsController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get()
  @Header('Access-Control-Allow-Origin', '*')
  @ApiPublicOperation({
    summary: 'What an export operation takes',
    description:
      'The OperationDefinition of $export at one level, with the parameters that this server supports: a constraint of the guide’s definition of the same id. Needs no token.',
  })
  @ApiParam({
    name: 'id',
    description: 'Id of the guide’s definition: one for each level.',
    enum: ['export', 'patient-export', 'group-export'],
  })
  @ApiOkResponse({
    description: 'An OperationDefinition.',
    content: {
      [FHIR_MEDIA_TYPES.json]: { schema: { type: 'object' } },
      [FHIR_MEDIA_TYPES.xml]: { schema: { type: 'string' } },
    },
  })
  @ApiFormat()
  @ApiOutcomes({
    404: 'There is no such operation.',
    406: 'Accept or _format asks for something other than JSON or XML.',
  })
  read(@Param('id') id: string, @Req() request: Request, @Res() response: Response): void {
    const definition = operationDefinition(id, this.config.http.fhirBase);
    if (!definition) throw notFound(NO_SUCH_OPERATION);
    sendFhir(response, definition, fhirMediaType(request));
  }
}

const NO_SUCH_OPERATION =
  'There is no such operation. There are export, patient-export and group-export.';
