import { Controller, Delete, Inject, Param, Put, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { isFhirId, RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { type AuditAction, AuditLog, RefusalLog } from '../../audit';
import { type AppPrincipal, BearerGuard, CurrentApp, mayWrite, type WriteLetter } from '../../auth';
import { API_TAGS, BEARER_SCHEME, forbidden, invalidParameter } from '../../common';
import { type Config, CONFIG } from '../../config';
import { readBody, readExpected, readLine, requireJson } from './read-write';
import type { ResourceWrite, WriteResult } from './resource-write';
import { ResourceWriter } from './resource-writer.service';
import { answer, wantsContent } from './write-answer';
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
  // Nest asks for every dependency in the constructor.
  constructor(
    private readonly writer: ResourceWriter,
    private readonly audit: AuditLog,
    private readonly refusals: RefusalLog,
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
    // Whether the resource is new is known only under the writer's lock, so it takes both.
    await this.require(app, request, { type, letters: ['c', 'u'] });
    requireId(id);
    requireJson(request);
    const body = await readBody(request, this.config.feeds.resourceMaxBytes);
    const line = readLine(body, { type, id });
    const write = { type, id, line, expected, wantsContent: wantsContent(request) };
    const result = await this.carryOut('resource.written', write, { type, app, request });
    answer({ request, response, fhirBase: this.config.http.fhirBase }, write, result);
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
    await this.require(app, request, { type, letters: ['d'] });
    requireId(id);
    const write = { type, id, line: undefined, expected, wantsContent: false };
    const result = await this.carryOut('resource.deleted', write, { type, app, request });
    answer({ request, response, fhirBase: this.config.http.fhirBase }, write, result);
  }

  /** @throws FhirError 403, on record */
  private async require(
    app: AppPrincipal,
    request: TracedRequest,
    { type, letters }: { readonly type: ResourceType; readonly letters: readonly WriteLetter[] },
  ): Promise<void> {
    if (letters.every((letter) => mayWrite(app, type, letter))) return;
    const action = letters.includes('d') ? 'resource.deleted' : 'resource.written';
    await this.refusals.record({
      ...{ action, outcome: 'refused', appId: app.appId, requestId: request.id },
      detail: { type },
    });
    throw forbidden(adviceOnWriting(app, type, letters), ['scope']);
  }

  /** Writes, and puts it on record: types and counts alone, for an id may say whose resource it is. */
  private async carryOut(
    action: AuditAction,
    write: ResourceWrite,
    {
      type,
      app: { appId },
      request,
    }: { readonly type: string; readonly app: AppPrincipal; readonly request: TracedRequest },
  ): Promise<WriteResult> {
    const result = await this.writer.write(write);
    const { kind } = result;
    const outcome = kind === 'stored' || kind === 'gone' ? 'success' : 'failed';
    const detail = { type, resources: 1, result: kind };
    await this.audit.record({ action, outcome, appId, requestId: request.id, detail });
    return result;
  }
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

function adviceOnWriting(
  { licence }: AppPrincipal,
  type: ResourceType,
  letters: readonly WriteLetter[],
): string {
  const { writes, resourceTypes } = licence;
  if (writes?.fhirWrites && (resourceTypes === undefined || resourceTypes.includes(type))) {
    return `The access token does not let ${type} be written so. Ask for a token with system/${type}.${letters.join('')}, or system/${type}.write in the syntax of SMART v1.`;
  }
  return `The app is not licensed to write ${type}: the operator can change that (\`apps licence\`, PUT /admin/apps/[id]/licence).`;
}
