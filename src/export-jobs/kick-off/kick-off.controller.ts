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
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import { API_TAGS, BEARER_SCHEME, Clock, FhirError, isFhirWideParameter } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { ExportTarget } from '../record/job-record';
import { statusUrl } from '../urls';
import { type ExportRequest, parseExportRequest } from './export-request';
import {
  ApiGroupKickOff,
  ApiKickOffBody,
  ApiKickOffQuery,
  ApiPatientKickOff,
} from './kick-off.api';
import { KickOffs } from './kick-off.service';
import { parseParametersBody } from './parameters-body';
import { parseQueryString } from './query-string';

type TracedRequest = Request & { readonly id: string };
/** Reads what a client asks for out of its request. */
type ReadRequest = (request: Request, now: Date) => ExportRequest;

const GROUP_EXPORT = 'Group/:id/$export';
const PATIENT_EXPORT = 'Patient/$export';
const EVERYONE = { level: 'patient' } as const;
const SAME_AS_GET =
  'The same as GET, with a FHIR Parameters resource as body. No body: no parameters.';

/** KO-02 and KO-03: exports of all patients and of groups, by GET (KO-05) and POST (KO-06). */
@ApiTags(API_TAGS.export)
@ApiBearerAuth(BEARER_SCHEME)
@Controller()
@UseGuards(BearerGuard)
export class KickOffController {
  constructor(
    private readonly kickOffs: KickOffs,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get(GROUP_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of a group',
    description:
      'Exports everything about the members of a group, as of one instant. The answer has no data: poll the URL in Content-Location.',
  })
  @ApiKickOffQuery()
  @ApiGroupKickOff()
  async groupByGet(
    @Param('id') groupId: string,
    @Req() request: TracedRequest,
    @Res({ passthrough: true }) response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const target = { level: 'group', groupId } as const;
    await this.start({ app, target, read: readQuery }, request, response);
  }

  @Post(GROUP_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of a group, parameters in the body',
    description: SAME_AS_GET,
  })
  @ApiKickOffBody()
  @ApiGroupKickOff()
  async groupByPost(
    @Param('id') groupId: string,
    @Req() request: TracedRequest,
    @Res({ passthrough: true }) response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const target = { level: 'group', groupId } as const;
    await this.start({ app, target, read: readBody }, request, response);
  }

  @Get(PATIENT_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of all patients',
    description:
      'Exports everything about every patient, as of one instant; no Group. For apps that are licensed for all groups. The answer has no data: poll the URL in Content-Location.',
  })
  @ApiKickOffQuery()
  @ApiPatientKickOff()
  async patientsByGet(
    @Req() request: TracedRequest,
    @Res({ passthrough: true }) response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.start({ app, target: EVERYONE, read: readQuery }, request, response);
  }

  @Post(PATIENT_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of all patients, parameters in the body',
    description: SAME_AS_GET,
  })
  @ApiKickOffBody()
  @ApiPatientKickOff()
  async patientsByPost(
    @Req() request: TracedRequest,
    @Res({ passthrough: true }) response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.start({ app, target: EVERYONE, read: readBody }, request, response);
  }

  private async start(
    { app, target, read }: { app: AppPrincipal; target: ExportTarget; read: ReadRequest },
    request: TracedRequest,
    response: Response,
  ): Promise<void> {
    const jobId = await this.kickOffs.start({
      app,
      target,
      requestUrl: `${this.config.http.publicUrl}${request.originalUrl}`,
      requestId: request.id,
      idempotencyKey: request.headers['idempotency-key'],
      request: () => read(request, this.clock.now()),
    });
    response.set('Content-Location', statusUrl(this.config.http.fhirBase, jobId));
  }
}

function readQuery(request: Request, now: Date): ExportRequest {
  return parseExportRequest(parseQueryString(request.originalUrl), now);
}

function readBody(request: Request, now: Date): ExportRequest {
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
