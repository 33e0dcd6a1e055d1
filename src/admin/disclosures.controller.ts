import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import {
  applyDecorators,
  Body,
  Controller,
  Get,
  HttpCode,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiQuery, ApiResponse } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { API_TAGS, ApiOutcomes, FhirError } from '../common';
import { type Disclosure, disclosureEvent, Disclosures } from '../export-jobs';
import { OperatorController } from './admin.api';
import { DisclosureListView, DisclosureQuestionBody } from './disclosures.dto';
import { type AskedDisclosures, readDisclosureQuery } from './disclosures.query';

type TracedRequest = Request & { readonly id: string };

const JSON_TYPE = 'application/json';
const NDJSON = 'application/fhir+ndjson';
const FORMATS = [JSON_TYPE, NDJSON, 'application/ndjson'];

/** What GET and POST share. */
function ApiDisclosures(by: string): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiOperation({
      summary: `Tell who got a patient's data${by}`,
      description:
        'Each export on record that held the patient, newest first: its app, what it asked for, and which files were downloaded. Also those that failed, were cancelled or have expired, and for patients who were deleted since. As AuditEvents in NDJSON: all of them, without pages. The question is audited.',
    }),
    ApiProduces(JSON_TYPE, NDJSON),
    ApiResponse({ status: 200, type: DisclosureListView, description: 'A page of disclosures.' }),
    ApiOutcomes({
      400: 'A parameter has a fault; it is named.',
      406: 'Accept or _format asks for something other than JSON or NDJSON.',
    }),
  );
}

/** Answers patients who ask which app took what of them. */
@Controller('admin/disclosures')
@OperatorController(API_TAGS.operatorExports)
export class AdminDisclosuresController {
  constructor(private readonly disclosures: Disclosures) {}

  @Get()
  @ApiQuery({ name: 'patient', description: 'Id, or Patient/[id]. POST keeps it out of URLs.' })
  @ApiQuery({ name: 'before', required: false, description: '`next` of the page before.' })
  @ApiQuery({ name: 'count', required: false, description: '1 to 200 on a page; 50 if left out.' })
  @ApiQuery({ name: '_format', required: false, description: 'json or ndjson; overrides Accept.' })
  @ApiDisclosures('')
  async list(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: TracedRequest,
    @Res() response: Response,
  ): Promise<void> {
    const { format, ...asked } = readDisclosureQuery(query);
    await this.answer(asked, format ?? formatOf(request), request, response);
  }

  @Post()
  @ApiDisclosures(', the id in the body')
  @ApiOutcomes({ 413: 'The body is too large.' })
  async listByBody(
    @Body() { patient, before, count = 50 }: DisclosureQuestionBody,
    @Req() request: TracedRequest,
    @Res() response: Response,
  ): Promise<void> {
    await this.answer({ patient, before, count }, formatOf(request), request, response);
  }

  private async answer(
    { count, ...asked }: Omit<AskedDisclosures, 'format'>,
    format: string,
    { id: requestId }: TracedRequest,
    response: Response,
  ): Promise<void> {
    const question = { ...asked, requestId };
    response.set('Cache-Control', 'no-store');
    if (format === 'json') {
      response.json(await this.disclosures.list(question, count));
      return;
    }
    const found = await this.disclosures.all(question);
    response.type(NDJSON);
    await pipeline(Readable.from(lines(asked.patient, found)), response);
  }
}

async function* lines(patient: string, found: AsyncIterable<Disclosure>): AsyncIterable<string> {
  for await (const one of found) yield `${JSON.stringify(disclosureEvent(patient, one))}\n`;
}

function formatOf(request: Request): 'json' | 'ndjson' {
  const type = request.accepts(FORMATS);
  if (type === false) {
    throw new FhirError(`Accept must admit ${JSON_TYPE} or ${NDJSON}.`, {
      status: 406,
      code: 'not-supported',
      expression: ['Accept'],
    });
  }
  return type === JSON_TYPE ? 'json' : 'ndjson';
}
