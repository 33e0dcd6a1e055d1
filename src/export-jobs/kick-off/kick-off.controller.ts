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

import { checkSearch } from '@app/fhir-search';

import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import {
  API_TAGS,
  BEARER_SCHEME,
  Clock,
  FhirError,
  fhirMediaType,
  parsePreferences,
  parseSandbox,
  type Preferences,
  SANDBOX_HEADER,
  sendFhir,
} from '../../common';
import { type Config, CONFIG } from '../../config';
import type { ExportTarget } from '../persistence/export-target';
import { statusUrl } from '../urls';
import { appliedPreferences } from './applied-preferences';
import { dryRunParameters } from './dry-run-parameters';
import { type ExportRequest, parseExportRequest } from './export-request';
import {
  ApiGroupKickOff,
  ApiKickOffBody,
  ApiKickOffQuery,
  ApiPatientKickOff,
  ApiSystemKickOff,
} from './kick-off.api';
import { KickOffs } from './kick-off.service';
import { readRequest } from './read-request';

type TracedRequest = Request & { readonly id: string };

const GROUP_EXPORT = 'Group/:id/$export';
const PATIENT_EXPORT = 'Patient/$export';
const SYSTEM_EXPORT = '$export';
const EVERYONE = { level: 'patient' } as const;
const EVERYTHING = { level: 'system' } as const;
const STATUS = 'The answer has no data: poll the URL in Content-Location.';
const OF_GROUP = `Exports everything about the members of a group, as of one instant. ${STATUS}`;
const OF_PATIENTS = `Exports everything about every patient, as of one instant; no Group. For apps that are licensed for all groups. ${STATUS}`;
const OF_SYSTEM = `Exports everything that there is, patients’ or not, as of one instant; no Group. For apps that are licensed for all groups. ${STATUS}`;

/** KO-01 to KO-03: exports of everything, of all patients and of groups, by GET (KO-05) and POST (KO-06). */
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
    description: OF_GROUP,
  })
  @ApiKickOffQuery()
  @ApiGroupKickOff()
  async groupByGet(
    @Param('id') groupId: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const target = { level: 'group', groupId } as const;
    await this.start(app, target, request, response);
  }

  @Post(GROUP_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of a group, parameters in the body',
    description: OF_GROUP,
  })
  @ApiKickOffBody('group')
  @ApiGroupKickOff()
  async groupByPost(
    @Param('id') groupId: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const target = { level: 'group', groupId } as const;
    await this.start(app, target, request, response);
  }

  @Get(PATIENT_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of all patients',
    description: OF_PATIENTS,
  })
  @ApiKickOffQuery()
  @ApiPatientKickOff()
  async patientsByGet(
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.start(app, EVERYONE, request, response);
  }

  @Post(PATIENT_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of all patients, parameters in the body',
    description: OF_PATIENTS,
  })
  @ApiKickOffBody('patient')
  @ApiPatientKickOff()
  async patientsByPost(
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.start(app, EVERYONE, request, response);
  }

  @Get(SYSTEM_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of everything',
    description: OF_SYSTEM,
  })
  @ApiKickOffQuery()
  @ApiSystemKickOff()
  async everythingByGet(
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.start(app, EVERYTHING, request, response);
  }

  @Post(SYSTEM_EXPORT)
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start the export of everything, parameters in the body',
    description: OF_SYSTEM,
  })
  @ApiKickOffBody('system')
  @ApiSystemKickOff()
  async everythingByPost(
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.start(app, EVERYTHING, request, response);
  }

  private async start(
    app: AppPrincipal,
    target: ExportTarget,
    request: TracedRequest,
    response: Response,
  ): Promise<void> {
    refuseHead(request);
    const preferences = parsePreferences(request.header('prefer'));
    const answer = await this.kickOffs.start({
      app,
      target,
      requestUrl: `${this.config.http.publicUrl}${request.originalUrl}`,
      requestId: request.id,
      idempotencyKey: request.headers['idempotency-key'],
      request: () => this.read(request, target, preferences),
      left: leaving(response),
    });
    if ('dryRun' in answer) {
      sendFhir(response.status(200), dryRunParameters(answer.dryRun), fhirMediaType(request));
      return;
    }
    response.set('Content-Location', statusUrl(this.config.http.fhirBase, answer.jobId));
    const applied = appliedPreferences(preferences);
    if (applied.length > 0) response.set('Preference-Applied', applied.join(', '));
    response.status(202).send();
  }

  private read(request: Request, { level }: ExportTarget, preferences: Preferences): ExportRequest {
    const { source, parameters } = readRequest(request, this.config.export.bulkDataVersion);
    return parseExportRequest(parameters, {
      source,
      level,
      preferences,
      now: this.clock.present(),
      historyDays: this.config.history.keptDays,
      fhirBase: this.config.http.fhirBase,
      resourceTypes: this.config.resourceTypes,
      sandbox: this.config.sandbox ? parseSandbox(request.get(SANDBOX_HEADER)) : undefined,
      checkSearch,
    });
  }
}

/** Nobody reads it. */
const CLIENT_GONE = new FhirError('The client is gone.', { status: 503, code: 'transient' });

/** Aborts when the client has gone before it was answered. */
function leaving(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    controller.abort(CLIENT_GONE);
  });
  return controller.signal;
}

/** The router takes HEAD for GET; but a request that only looks must not start an export. */
function refuseHead({ method }: Request): void {
  if (method !== 'HEAD') return;
  throw new FhirError('HEAD is not supported at this address; use GET, POST.', {
    status: 405,
    code: 'not-supported',
    headers: { Allow: 'GET, POST' },
  });
}
