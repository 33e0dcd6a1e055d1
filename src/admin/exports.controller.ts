import {
  applyDecorators,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery } from '@nestjs/swagger';
import type { Request } from 'express';

import { API_TAGS, ApiOutcomes } from '../common';
import { ExportOperations, JOB_STATES, ShownExports } from '../export-jobs';
import { OperatorController } from './admin.api';
import { ExportListView, ExportView } from './exports.dto';
import { readFilter } from './exports.query';

type TracedRequest = Request & { readonly id: string };

/** Something that is done to an export. */
function Operation(path: string, summary: string, description: string): MethodDecorator {
  return applyDecorators(
    Post(`:id/${path}`),
    HttpCode(200),
    ApiOperation({ summary, description }),
    ApiId(),
    ApiOkResponse({ type: ExportView, description: 'The export as it is then.' }),
    ApiOutcomes({ 409: 'The state of the export does not allow for it; the answer says why.' }),
  );
}

const ApiId = (): MethodDecorator => ApiParam({ name: 'id', description: 'Id of the export.' });

/** Shows the exports of all apps, and what can be done to them. */
@Controller('admin/exports')
@OperatorController(API_TAGS.operatorExports)
export class AdminExportsController {
  constructor(
    private readonly exports: ShownExports,
    private readonly operations: ExportOperations,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List exports', description: 'Of all apps, newest first, in pages.' })
  @ApiQuery({ name: 'state', required: false, enum: JOB_STATES, description: 'Several by commas.' })
  @ApiQuery({ name: 'app', required: false, description: 'Client id.' })
  @ApiQuery({ name: 'group', required: false, description: 'FHIR id.' })
  @ApiQuery({ name: 'before', required: false, description: '`next` of the page before.' })
  @ApiQuery({ name: 'count', required: false, description: '1 to 200 on a page; 50 if left out.' })
  @ApiOkResponse({ type: ExportListView, description: 'A page of exports.' })
  @ApiOutcomes({ 400: 'A parameter has a fault; it is named.' })
  list(@Query() query: Readonly<Record<string, unknown>>): Promise<ExportListView> {
    return this.exports.list(readFilter(query));
  }

  @Get(':id')
  @ApiOperation({
    summary: 'Show an export',
    description: 'Its parameters, parts and files. Nothing in the answer tells of patients.',
  })
  @ApiId()
  @ApiOkResponse({ type: ExportView, description: 'The export.' })
  show(@Param('id') id: string): Promise<ExportView> {
    return this.exports.show(id);
  }

  @Operation('cancel', 'Cancel an export', 'Before or after its end: as DELETE by its client does.')
  async cancel(@Param('id') id: string, @Req() request: TracedRequest): Promise<ExportView> {
    await this.operations.cancel({ id, requestId: request.id });
    return this.exports.show(id);
  }

  @Operation(
    'retry-failed',
    'Do failed parts again',
    'As of the same transactionTime, for the same patients. Files that are there stay; the rest is added.',
  )
  async retryFailed(@Param('id') id: string, @Req() request: TracedRequest): Promise<ExportView> {
    await this.operations.retryFailed({ id, requestId: request.id });
    return this.exports.show(id);
  }

  @Operation(
    'expire',
    'Withdraw the files',
    'Of an export that has ended, before their time is over.',
  )
  async expire(@Param('id') id: string, @Req() request: TracedRequest): Promise<ExportView> {
    await this.operations.expire({ id, requestId: request.id });
    return this.exports.show(id);
  }

  @Operation('hold', 'Hold an export', 'None of its work is given out until it is released.')
  async hold(@Param('id') id: string, @Req() request: TracedRequest): Promise<ExportView> {
    await this.operations.hold({ id, requestId: request.id });
    return this.exports.show(id);
  }

  @Operation('release', 'Release an export that is held', 'Its work is given out again.')
  async release(@Param('id') id: string, @Req() request: TracedRequest): Promise<ExportView> {
    await this.operations.release({ id, requestId: request.id });
    return this.exports.show(id);
  }
}
