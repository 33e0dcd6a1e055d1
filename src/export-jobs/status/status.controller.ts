import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import { API_TAGS, ApiOutcomes, BEARER_SCHEME } from '../../common';
import { type Config, CONFIG } from '../../config';
import { parsePage } from '../urls';
import { ExportStatuses } from './export-status.service';
import { sendStatus } from './send-status';
import { ApiPoll } from './status.api';

type TracedRequest = Request & { readonly id: string };

/** The URL in Content-Location: polled until the export is complete, deleted when it is not wanted. */
@ApiTags(API_TAGS.export)
@ApiBearerAuth(BEARER_SCHEME)
@ApiParam({
  name: 'job',
  description: 'Id of the export, from Content-Location.',
})
@ApiOutcomes({
  401: 'The access token is missing, expired or not valid.',
  404: 'No such export: unknown, another app’s, deleted, or expired.',
  406: 'Accept or _format asks for something other than JSON or XML.',
})
@Controller('bulk-status/:job')
@UseGuards(BearerGuard)
export class StatusController {
  constructor(
    private readonly statuses: ExportStatuses,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @ApiPoll({
    summary: 'Ask how far an export is',
    description:
      '202 while it runs; 200 with the manifest, the list of files, when it is complete. Wait as long as Retry-After says: earlier polls get 429. If the kick-off preferred separate-export-status, each of these is 200, and X-Export-Status has the status of the export.',
  })
  async poll(
    @Param('job') id: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const status = await this.statuses.poll({ id, page: 1, app, requestId: request.id });
    sendStatus(request, response, status, this.config.export.bulkDataVersion);
  }

  @Get(':page')
  @ApiParam({ name: 'page', description: 'From the link in a manifest.', example: '1' })
  @ApiPoll({
    summary: 'Ask for a further page of the manifest',
    description:
      'For exports with allowPartialManifests: the link of a manifest leads to the next page. Answers as the status of the export does, with the files of the page.',
  })
  async page(
    @Param() { job: id, page }: { readonly job: string; readonly page: string },
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const poll = { id, page: parsePage(page), app, requestId: request.id };
    const status = await this.statuses.poll(poll);
    sendStatus(request, response, status, this.config.export.bulkDataVersion);
  }

  @Delete()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Cancel or delete an export',
    description:
      'Stops a running export, or removes the files of a finished one before they expire.',
  })
  @ApiResponse({ status: 202, description: 'The export is gone: every later request gets 404.' })
  async delete(
    @Param('job') id: string,
    @Req() request: TracedRequest,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.statuses.delete(id, app, request.id);
  }
}
