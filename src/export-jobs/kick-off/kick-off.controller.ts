import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import {
  API_TAGS,
  ApiOutcomes,
  BEARER_SCHEME,
  Clock,
  FhirError,
  isFhirWideParameter,
} from '../../common';
import { type Config, CONFIG } from '../../config';
import { statusUrl } from '../urls';
import { type ExportRequest, parseExportRequest } from './export-request';
import { ApiKickOff, ApiKickOffQuery, PARAMETERS_EXAMPLE } from './kick-off.api';
import { KickOffs } from './kick-off.service';
import { parseParametersBody } from './parameters-body';
import { parseQueryString } from './query-string';

type TracedRequest = Request & { readonly id: string };

/** KO-03: Group export by GET (KO-05) and POST (KO-06). */
@ApiTags(API_TAGS.export)
@ApiBearerAuth(BEARER_SCHEME)
@Controller('Group/:id/$export')
@UseGuards(BearerGuard)
export class KickOffController {
  constructor(
    private readonly kickOffs: KickOffs,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of a group',
    description:
      'Exports everything about the members of a group, as of one instant. The answer has no data: poll the URL in Content-Location.',
  })
  @ApiKickOffQuery()
  @ApiKickOff()
  async byGet(
    @Param('id') groupId: string,
    @Req() request: TracedRequest,
    @Res({ passthrough: true }) response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const parameters = (): ExportRequest =>
      parseExportRequest(parseQueryString(request.originalUrl), this.clock.now());
    await this.start({ app, groupId, parameters }, request, response);
  }

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of a group, parameters in the body',
    description:
      'The same as GET, with a FHIR Parameters resource as body. No body: no parameters.',
  })
  @ApiConsumes('application/fhir+json')
  @ApiBody({ required: false, schema: { type: 'object', example: PARAMETERS_EXAMPLE } })
  @ApiKickOff()
  @ApiOutcomes({ 413: 'The body is too large.', 415: 'The body is not JSON.' })
  async byPost(
    @Param('id') groupId: string,
    @Req() request: TracedRequest,
    @Res({ passthrough: true }) response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const parameters = (): ExportRequest => parsePost(request, this.clock.now());
    await this.start({ app, groupId, parameters }, request, response);
  }

  private async start(
    asked: { app: AppPrincipal; groupId: string; parameters: () => ExportRequest },
    request: TracedRequest,
    response: Response,
  ): Promise<void> {
    const jobId = await this.kickOffs.start({
      app: asked.app,
      groupId: asked.groupId,
      requestUrl: `${this.config.http.publicUrl}${request.originalUrl}`,
      requestId: request.id,
      request: asked.parameters,
    });
    response.set('Content-Location', statusUrl(this.config.http.fhirBase, jobId));
  }
}

function parsePost(request: Request, now: Date): ExportRequest {
  const query = parseQueryString(request.originalUrl);
  const first = query.find(([name]) => !isFhirWideParameter(name));
  if (first) {
    const [name] = first;
    throw new FhirError(
      'A POST takes its parameters in the body, a FHIR Parameters resource, not in the query.',
      {
        status: 400,
        code: 'invalid',
        expression: [name.slice(0, 64)],
      },
    );
  }
  const hasBody =
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return parseExportRequest([], now);
  if (!request.is(['application/fhir+json', 'application/json'])) {
    throw new FhirError(
      'The body must be application/fhir+json (application/json does too): a FHIR Parameters resource.',
      {
        status: 415,
        code: 'not-supported',
        expression: ['Content-Type'],
      },
    );
  }
  return parseExportRequest(parseParametersBody(request.body), now);
}
