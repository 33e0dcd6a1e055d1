import { Controller, Delete, Inject, Param, Put, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { isFhirId, RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import type { AuditAction } from '../../audit';
import { type AppPrincipal, BearerGuard, CurrentApp } from '../../auth';
import {
  API_TAGS,
  BEARER_SCHEME,
  invalidParameter,
  readBody,
  readExpected,
  requireJson,
} from '../../common';
import { type Config, CONFIG } from '../../config';
import { readLine } from './read-write';
import type { ResourceWrite } from './resource-write';
import { ResourceWriter } from './resource-writer.service';
import { answer, wantsContent } from './write-answer';
import { WriteAuthority } from './write-authority.service';
import { singleWrite } from './write-unit';
import { ApiDeleteResource, ApiPutResource } from './writes.api';

type TracedRequest = Request & { readonly id: string };

/** Groups have an interface of their own for operators. */
const PATHS = RESOURCE_TYPES.filter((type) => type !== 'Group').map((type) => `${type}/:id`);

/** Writing of single resources, as interface engines do it. */
@ApiTags(API_TAGS.feeds)
@ApiBearerAuth(BEARER_SCHEME)
@Controller()
@UseGuards(BearerGuard)
export class WritesController {
  constructor(
    private readonly writer: ResourceWriter,
    private readonly authority: WriteAuthority,
    @Inject(CONFIG) private readonly config: Pick<Config, 'feeds' | 'http'>,
  ) {}

  @Put(PATHS)
  @ApiPutResource()
  async put(
    @Param('id') id: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const type = typeOf(request);
    const expected = readExpected(request);
    await this.authority.require(app, { type, letters: ['c', 'u'], requestId: request.id });
    requireId(id);
    requireJson(request);
    const body = await readBody(request, this.config.feeds.resourceMaxBytes);
    const line = readLine(body, { type, id });
    const write = { type, id, line, expected, wantsContent: wantsContent(request) };
    await this.write(write, 'resource.written', { app, request, response });
  }

  @Delete(PATHS)
  @ApiDeleteResource()
  async delete(
    @Param('id') id: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const type = typeOf(request);
    const expected = readExpected(request);
    await this.authority.require(app, { type, letters: ['d'], requestId: request.id });
    requireId(id);
    const write = { type, id, line: undefined, expected, wantsContent: false };
    await this.write(write, 'resource.deleted', { app, request, response });
  }

  private async write(
    write: ResourceWrite,
    action: AuditAction,
    { app, request, response }: Writing,
  ): Promise<void> {
    const by = { action, appId: app.appId, requestId: request.id };
    const [result] = await this.writer.write(singleWrite(write, by));
    answer({ request, response, fhirBase: this.config.http.fhirBase }, result);
  }
}

interface Writing {
  readonly app: AppPrincipal;
  readonly request: TracedRequest;
  readonly response: Response;
}

/** The path is one of those above. */
function typeOf({ path }: Request): ResourceType {
  const name = path.split('/').at(-2);
  const type = RESOURCE_TYPES.find((one) => one === name);
  if (!type) throw new Error('A route of another path.');
  return type;
}

function requireId(id: string): void {
  if (isFhirId(id)) return;
  throw invalidParameter('id', 'An id has 1 to 64 letters, digits, hyphens and dots.');
}
