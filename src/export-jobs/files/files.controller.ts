import { pipeline } from 'node:stream/promises';

import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import { API_TAGS, ApiOutcomes, BEARER_SCHEME } from '../../common';
import { Downloads } from './downloads.service';

/** FR-02: this and nothing else. */
const NDJSON = 'application/fhir+ndjson';

/** The files that a manifest lists. */
@ApiTags(API_TAGS.files)
@ApiBearerAuth(BEARER_SCHEME)
@Controller('bulk-files/:job/:file')
@UseGuards(BearerGuard)
export class FilesController {
  constructor(private readonly downloads: Downloads) {}

  @Get()
  @ApiOperation({
    summary: 'Download a file',
    description: 'As often as wanted until the export expires. One resource a line.',
  })
  @ApiParam({
    name: 'job',
    description: 'Id of the export.',
    example: '3f0d3c9e-9f3a-4d53-9a3b-2d1f0a4c5e6b',
  })
  @ApiParam({
    name: 'file',
    description: 'Name of the file, from the manifest.',
    example: 'Patient.1.ndjson',
  })
  @ApiResponse({
    status: 200,
    description: 'NDJSON.',
    headers: {
      ETag: { description: 'The SHA-256 of the file, quoted.', schema: { type: 'string' } },
    },
    content: { [NDJSON]: { schema: { type: 'string' } } },
  })
  @ApiOutcomes({
    401: 'The access token is missing, expired or not valid.',
    403: 'The token does not cover the type of the file.',
    404: 'No such file: unknown, another app’s, deleted, or expired.',
  })
  async download(
    @Param('job') jobId: string,
    @Param('file') name: string,
    @Req() request: Request & { readonly id: string },
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const file = await this.downloads.open(jobId, name, app, request.id);
    response
      .status(200)
      .set('Content-Type', NDJSON)
      .set('Content-Length', String(file.bytes))
      .set('ETag', `"${file.sha256}"`);
    if (request.method === 'HEAD') {
      file.stream.destroy();
      response.end();
      return;
    }
    // A client that goes away is no failure; what was not sent, it has not got.
    await pipeline(file.stream, response).catch(() => {
      response.destroy();
    });
  }
}
