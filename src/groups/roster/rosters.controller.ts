import {
  Controller,
  Delete,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { parse } from 'content-type';
import type { Request, Response } from 'express';

import { isFhirId, operationOutcome } from '@app/fhir';

import { RefusalLog } from '../../audit';
import {
  adviceOn,
  type AppPrincipal,
  BearerGuard,
  CurrentApp,
  mayKeepGroups,
  type WriteLetter,
} from '../../auth';
import {
  API_TAGS,
  BEARER_SCHEME,
  FhirError,
  fhirMediaType,
  forbidden,
  notFound,
  parsePreferences,
  readBody,
  readExpected,
  readObject,
  requireJson,
  sendFhir,
  Turns,
} from '../../common';
import { type Config, CONFIG } from '../../config';
import { type MemberCriteria, parsed } from '../filtered/member-filter';
import { GroupReader } from '../group-reader.service';
import { WHOLE_GROUP } from '../search/shown-elements';
import { sendResource } from '../send-resource';
import type { Entries } from './incoming-entries';
import { fault } from './read-entry';
import { readGroup } from './read-group';
import { readMemberParameters } from './read-parameters';
import { CSV, NDJSON, readUpload } from './read-upload';
import {
  ApiAddMembers,
  ApiCreateRoster,
  ApiDeleteRoster,
  ApiRemoveMembers,
  ApiReplaceRoster,
} from './rosters.api';
import { type Keeper, type KeptRoster, type Means, Rosters } from './rosters.service';

type TracedRequest = Request & { readonly id: string };

/** Of a resource; uploads have members beyond it. */
const MOST_BYTES = 4 * 1024 ** 2;
/** Each holds a connection while its body arrives. */
const UPLOADS_AT_ONCE = 2;
const WAIT_MILLISECONDS = 10_000;

/** Groups that apps make and keep themselves, as far as their licence lets them. */
@ApiTags(API_TAGS.groups)
@ApiBearerAuth(BEARER_SCHEME)
@Controller('Group')
@UseGuards(BearerGuard)
export class RostersController {
  private readonly uploads = new Turns(UPLOADS_AT_ONCE, WAIT_MILLISECONDS);

  constructor(
    private readonly rosters: Rosters,
    private readonly reader: GroupReader,
    private readonly refusals: RefusalLog,
    @Inject(CONFIG) private readonly config: Pick<Config, 'http'>,
  ) {}

  @Post()
  @HttpCode(201)
  @ApiCreateRoster()
  async create(
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const keeper = await this.keeper(app, 'c', request);
    const { entries, ...attributes } = await this.givenGroup(request);
    requireMayAsk(app, attributes.criteria);
    const kept = await this.rosters.create(keeper, attributes, entries);
    response.set('Location', `${this.config.http.fhirBase}/Group/${kept.id}`);
    await this.answer(kept, request, response.status(201));
  }

  @Put(':id')
  @ApiReplaceRoster()
  async replace(
    @Param('id') id: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const keeper = await this.keeper(app, 'u', request);
    const asked = { id: requireId(id), expected: expectedVersion(request) };
    const { entries, ...given } = await this.givenGroup(request);
    if (given.id !== id) throw fault('Group.id', 'must be the id in the URL');
    requireMayAsk(app, given.criteria);
    await this.answer(
      await this.rosters.replace(keeper, { ...given, ...asked }, entries),
      request,
      response,
    );
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiDeleteRoster()
  async delete(
    @Param('id') id: string,
    @Req() request: TracedRequest,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    const keeper = await this.keeper(app, 'd', request);
    await this.rosters.delete(keeper, { id: requireId(id), expected: expectedVersion(request) });
  }

  @Post(':id/$member-add')
  @HttpCode(200)
  @ApiAddMembers()
  async add(
    @Param('id') id: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.changeMembers('add', { id, request, response, app });
  }

  @Post(':id/$member-remove')
  @HttpCode(200)
  @ApiRemoveMembers()
  async remove(
    @Param('id') id: string,
    @Req() request: TracedRequest,
    @Res() response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<void> {
    await this.changeMembers('remove', { id, request, response, app });
  }

  private async changeMembers(
    how: 'add' | 'remove',
    { id, request, response, app }: Asked,
  ): Promise<void> {
    const keeper = await this.keeper(app, 'u', request);
    const asked = { id: requireId(id), expected: expectedVersion(request) };
    const change = (means: Means, entries: Entries): Promise<KeptRoster> =>
      this.rosters[how](keeper, { ...asked, means }, entries);
    const { fhirBase } = this.config.http;
    const mediaType = uploadType(request);
    const kept =
      mediaType === undefined
        ? await change('operation', readMemberParameters(await this.body(request), fhirBase))
        : await this.uploads.take(() => change('upload', readUpload(request, mediaType, fhirBase)));
    const diagnostics = `${kept.added} entries were added, ${kept.removed} ended.`;
    response.set('ETag', `W/"${kept.version}"`);
    const outcome = operationOutcome({
      severity: 'information',
      code: 'informational',
      diagnostics,
    });
    sendFhir(response, outcome, fhirMediaType(request));
  }

  /** @throws FhirError 403, on record */
  private async keeper(
    { appId, licence, scopes }: AppPrincipal,
    letter: WriteLetter,
    request: TracedRequest,
  ): Promise<Keeper> {
    const { ownGroups } = licence;
    const { id: requestId } = request;
    if (ownGroups && mayKeepGroups({ licence, scopes }, letter))
      return { appId, licence: ownGroups, requestId };
    const action = ({ c: 'roster.created', u: 'roster.changed', d: 'roster.deleted' } as const)[
      letter
    ];
    await this.refusals.record({ action, outcome: 'refused', appId, requestId });
    throw forbidden(
      ownGroups
        ? `Ask for a token with system/Group.${letter}, or system/Group.write in the syntax of SMART v1.`
        : NOT_LICENSED,
      ['scope'],
    );
  }

  private async givenGroup(request: TracedRequest): Promise<ReturnType<typeof readGroup>> {
    return readGroup(await this.body(request), this.config.http.fhirBase);
  }

  private async body(request: TracedRequest): Promise<ReturnType<typeof readObject>> {
    requireJson(request);
    return readObject(await readBody(request, MOST_BYTES));
  }

  private async answer(
    { id, version }: KeptRoster,
    request: TracedRequest,
    response: Response,
  ): Promise<void> {
    response.set('ETag', `W/"${version}"`);
    const wantsContent = parsePreferences(request.get('prefer')).get('return') === 'representation';
    const group = wantsContent ? await this.reader.read(id, WHOLE_GROUP, true) : undefined;
    if (group) await sendResource(response, group.text(), fhirMediaType(request));
    else response.end();
  }
}

interface Asked {
  readonly id: string;
  readonly request: TracedRequest;
  readonly response: Response;
  readonly app: AppPrincipal;
}

const NOT_LICENSED =
  'The app is not licensed to keep groups: the operator can change that (`apps licence --own-groups`, PUT /admin/apps/[id]/licence).';

/**
 * Whom a search finds tells what it has found.
 *
 * @throws FhirError 403 for a type of which the token does not cover everything; 400 for a group that the app may not use
 */
function requireMayAsk(app: AppPrincipal, criteria: MemberCriteria | null): void {
  const { allGroups, groups } = app.licence;
  if (criteria?.base !== undefined && !allGroups && !groups.includes(criteria.base)) {
    throw fault('Group.member', 'must name a group that the app is licensed for');
  }
  const types = criteria?.memberFilters.map((filter) => parsed(filter).type) ?? [];
  const hidden = types.filter((type) => !app.allowedTypes.has(type));
  if (hidden.length === 0) return;
  throw forbidden(
    `Members are found by ${[...new Set(hidden)].join(', ')}, of which the access token does not cover everything. ${adviceOn(hidden, app)}`,
    ['scope'],
  );
}

/** One that is none is answered like one that does not exist. */
function requireId(id: string): string {
  if (isFhirId(id)) return id;
  throw notFound('This app keeps no such group. [base]/Group lists the groups that it may use.');
}

/** @throws FhirError 400 for a condition that is none of a change */
function expectedVersion(request: TracedRequest): bigint | undefined {
  const expected = readExpected(request);
  if (expected !== 'none') return expected;
  throw fault(
    'If-None-Match',
    'is for new resources, which get an id of the service’s: use POST',
    'not-supported',
  );
}

/** Undefined for Parameters. @throws FhirError 415 for an upload that is packed */
function uploadType(request: TracedRequest): string | undefined {
  const header = request.get('content-type');
  const type = header === undefined ? '' : parse(header).type;
  if (type !== CSV && !NDJSON.includes(type)) return undefined;
  if ((request.get('content-encoding') ?? 'identity') === 'identity') return type;
  throw new FhirError('Send the roster without Content-Encoding.', {
    ...{ status: 415, code: 'not-supported', expression: ['Content-Encoding'] },
  });
}
