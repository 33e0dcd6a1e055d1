import { Controller, Get, Inject, Param, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import fresh from 'fresh';

import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { AuditLog } from '../audit';
import { adviceOn, type AppPrincipal, BearerGuard, CurrentApp } from '../auth';
import {
  API_TAGS,
  BEARER_SCHEME,
  DownloadSlots,
  FhirError,
  fhirMediaType,
  forbidden,
  invalidParameter,
  isFhirWideParameter,
  isXml,
  notFound,
  notOffered,
} from '../common';
import { type Config, CONFIG } from '../config';
import { ResourceReader } from './resource-reader.service';
import { ApiReadResource, ApiReadVersion } from './resources.api';
import { etagOf, opened, recordRead, send } from './send-stored';

type TracedRequest = Request & { readonly id: string };

/** Binaries are given as what they are, and Groups are made when they are read. */
const TYPES = RESOURCE_TYPES.filter((type) => type !== 'Binary' && type !== 'Group');

/** Reading of single resources: exports point at them. */
@ApiTags(API_TAGS.files)
@ApiBearerAuth(BEARER_SCHEME)
@Controller()
@UseGuards(BearerGuard)
export class ResourcesController {
  constructor(
    private readonly reader: ResourceReader,
    private readonly audit: AuditLog,
    private readonly slots: DownloadSlots,
    @Inject(CONFIG) private readonly config: Pick<Config, 'resourceTypes'>,
  ) {}

  @Get(TYPES.map((type) => `${type}/:id`))
  @ApiReadResource()
  async read(
    @Param('id') id: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.answer({ id }, { request, response, app });
  }

  @Get(TYPES.map((type) => `${type}/:id/_history/:version`))
  @ApiReadVersion()
  async readVersion(
    @Param() { id, version }: { readonly id: string; readonly version: string },
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.answer({ id, version }, { request, response, app });
  }

  private async answer(
    { id, version }: { readonly id: string; readonly version?: string },
    { request, response, app }: Reading,
  ): Promise<void> {
    const type = typeOf(request);
    if (!this.config.resourceTypes.includes(type)) throw notOffered(type);
    requireScope(app, type);
    requireNoParameters(request);
    const mediaType = jsonTypeOf(request);
    this.slots.take(app.appId, response);
    const filters = app.allowedTypes.has(type) ? undefined : app.scopeFilters[type];
    const found = await this.reader.find({ type, id }, app, filters);
    if (!found || (version !== undefined && version !== found.version)) throw notFound(NOT_FOUND);
    const etag = etagOf(found);
    const isKnown = fresh({ 'if-none-match': request.headers['if-none-match'] }, { etag });
    const body = isKnown || request.method === 'HEAD' ? undefined : await opened(found.text());
    const by = { appId: app.appId, requestId: request.id };
    await recordRead(this.audit, { action: 'resource.read', ...by, detail: { type, id } }, body);
    response
      .status(isKnown ? 304 : 200)
      .set('ETag', etag)
      .set('Last-Modified', found.lastUpdated.toUTCString());
    if (!isKnown) response.type(`${mediaType}; charset=utf-8`);
    if (body) await send(response, body);
    else response.end();
  }
}

interface Reading {
  readonly request: TracedRequest;
  readonly response: Response;
  readonly app: AppPrincipal;
}

/** The same words whether it does not exist or is not for the app: one must not tell the other. */
const NOT_FOUND =
  'There is no such resource, or an export of the groups of this app would not give it. Of a resource only the latest version is kept for reading.';

/** The path is one of those above. */
function typeOf({ path }: Request): ResourceType {
  const names = path.split('/');
  const type = TYPES.find((one) => one === names.at(-2) || one === names.at(-4));
  if (!type) throw new Error('A route of another path.');
  return type;
}

/** @throws FhirError 403 before anything is looked for */
function requireScope(app: AppPrincipal, type: ResourceType): void {
  if (app.allowedTypes.has(type) || app.scopeFilters[type] !== undefined) return;
  throw forbidden(`The access token does not cover ${type}. ${adviceOn([type], app)}`, ['scope']);
}

function requireNoParameters({ originalUrl }: Request): void {
  const names = [...new URL(originalUrl, 'http://localhost').searchParams.keys()];
  const unknown = names.find((name) => !isFhirWideParameter(name));
  if (unknown === undefined) return;
  throw invalidParameter('url', 'A read takes no parameters but _format.', 'not-supported');
}

/** Resources go out byte for byte as they are stored: made into XML, a decimal would lose its last zeros. */
function jsonTypeOf(request: Request): string {
  const mediaType = fhirMediaType(request);
  if (!isXml(mediaType)) return mediaType;
  throw new FhirError('Stored resources are given in JSON only: ask for application/fhir+json.', {
    ...{ status: 406, code: 'not-supported', expression: ['Accept'] },
  });
}
