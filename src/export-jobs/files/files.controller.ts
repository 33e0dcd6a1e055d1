import { pipeline } from 'node:stream/promises';

import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import { API_TAGS, BEARER_SCHEME, breakOff, DownloadSlots } from '../../common';
import type { Conditions } from './conditions';
import { type Download, Downloads } from './downloads.service';
import { ApiDownload, NDJSON } from './files.api';
import type { AcceptedEncodings } from './representation';

const ENCODINGS: AcceptedEncodings = ['identity', 'gzip'];

/** The files that a manifest lists. */
@ApiTags(API_TAGS.files)
@ApiBearerAuth(BEARER_SCHEME)
@Controller('bulk-files/:job/:file')
@UseGuards(BearerGuard)
export class FilesController {
  constructor(
    private readonly downloads: Downloads,
    private readonly slots: DownloadSlots,
  ) {}

  @Get()
  @ApiDownload()
  async download(
    @Param('job') jobId: string,
    @Param('file') name: string,
    @Req() request: Request & { readonly id: string },
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    this.slots.take(app.appId, response);
    const file = await this.downloads.open({
      ...{ jobId, name, app, requestId: request.id },
      accepted: acceptedEncodings(request),
      conditions: conditionsOf(request),
      headOnly: request.method === 'HEAD',
    });
    describe(response, file, name);
    if (!file.stream) {
      response.end();
      return;
    }
    // A client that goes away is no failure; what was not sent, it has not got.
    await pipeline(file.stream, response).catch(() => {
      breakOff(response);
    });
  }
}

function acceptedEncodings(request: Request): AcceptedEncodings {
  return request
    .acceptsEncodings()
    .flatMap((name) => (name === '*' ? ENCODINGS : name))
    .filter((name) => ENCODINGS.some((encoding) => encoding === name)) as AcceptedEncodings;
}

/** A range of HEAD means nothing (RFC 9110 §14.2). */
function conditionsOf({ method, headers }: Request): Conditions {
  const ifRange = headers['if-range'];
  return {
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    ifRange: Array.isArray(ifRange) ? ifRange.join() : ifRange,
    range: method === 'HEAD' ? undefined : headers.range,
  };
}

function describe(response: Response, file: Download, name: string): void {
  const { representation, range, notModified } = file;
  const { encoding, etag, bytes } = representation;
  response
    .status(notModified ? 304 : range ? 206 : 200)
    .vary('Accept-Encoding')
    .set('ETag', etag);
  if (notModified) return;
  response
    .set('Content-Type', NDJSON)
    .set('Content-Disposition', `attachment; filename="${name}"`)
    .set('Accept-Ranges', bytes === undefined ? 'none' : 'bytes');
  if (encoding === 'gzip') response.set('Content-Encoding', 'gzip');
  if (range) {
    response
      .set('Content-Range', `bytes ${range.start}-${range.end}/${bytes}`)
      .set('Content-Length', String(range.end - range.start + 1));
  } else if (bytes !== undefined) response.set('Content-Length', String(bytes));
}
