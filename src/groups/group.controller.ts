import { Controller, Get, HttpCode, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { isFhirId } from '@app/fhir';

import { adviceOn, type AppPrincipal, BearerGuard, CurrentApp, mayUseGroup } from '../auth';
import {
  API_TAGS,
  ApiOutcomes,
  BEARER_SCHEME,
  FhirError,
  fhirMediaType,
  type FhirMediaType,
  forbidden,
  isXml,
  notFound,
} from '../common';
import { GroupDirectory } from './group-directory.service';
import { GroupReader } from './group-reader.service';
import { GroupSearches } from './group-search.service';
import { ApiGroupBundle, ApiGroupQuery, ApiGroupResource, ApiGroupShape } from './groups.api';
import type { QueryParameter } from './search/query-parameter';
import { readParameters, formParameters, queryParameters } from './search/request-parameters';
import { sendResource } from './send-resource';

/** Read and search of Group: how an app finds the group that it exports. */
@ApiTags(API_TAGS.groups)
@ApiBearerAuth(BEARER_SCHEME)
@ApiOutcomes({
  400: 'A parameter is unknown or has a value that is not accepted; the issue names it.',
  401: 'The access token is missing, expired or not valid.',
  403: 'The access token does not cover Group, or the app may not use the API.',
  406: 'Accept or _format asks for something other than JSON or XML; or the answer cannot be given in XML.',
})
@Controller('Group')
@UseGuards(BearerGuard)
export class GroupController {
  constructor(
    private readonly reader: GroupReader,
    private readonly searches: GroupSearches,
    private readonly directory: GroupDirectory,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Find groups',
    description:
      'Finds among the groups that the app is licensed for. Parameters narrow the result, commas within a value widen it.',
  })
  @ApiGroupQuery()
  @ApiGroupBundle()
  async search(
    @Req() request: Request,
    @CurrentApp() app: AppPrincipal,
    @Res() response: Response,
  ): Promise<void> {
    await this.sendBundle(
      queryParameters(request.originalUrl),
      app,
      response,
      fhirMediaType(request),
    );
  }

  @Post('_search')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Find groups, parameters in the body',
    description: 'The same search; use it to keep patient ids out of URLs and so out of logs.',
  })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({
    schema: { type: 'object', properties: { name: { type: 'string', example: 'infl' } } },
  })
  @ApiGroupBundle()
  @ApiOutcomes({ 413: 'The body is too large.', 415: 'The body is not a form.' })
  async searchByPost(
    @Req() request: Request,
    @CurrentApp() app: AppPrincipal,
    @Res() response: Response,
  ): Promise<void> {
    const form = formParameters(request.body, request.headers['content-type']);
    await this.sendBundle(
      [...queryParameters(request.originalUrl), ...form],
      app,
      response,
      fhirMediaType(request),
    );
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a group', description: 'The group with all of its members.' })
  @ApiParam({ name: 'id', description: 'Logical id of the group.', example: 'INF-101' })
  @ApiGroupShape()
  @ApiGroupResource()
  @ApiOutcomes({ 404: 'No such group, or the app is not licensed for it.' })
  async read(
    @Param('id') id: string,
    @Req() request: Request,
    @CurrentApp() app: AppPrincipal,
    @Res() response: Response,
  ): Promise<void> {
    const shown = readParameters(queryParameters(request.originalUrl));
    requireGroupScope(app);
    const found = isFhirId(id) ? await this.directory.find(id) : undefined;
    const isVisible = found !== undefined && mayUseGroup(app, found);
    const isKept = found?.owner === app.appId;
    const group = isVisible ? await this.reader.read(id, shown, isKept) : undefined;
    if (group === undefined) throw notFound(NO_SUCH_GROUP);
    response
      .set('ETag', `W/"${group.version}"`)
      .set('Last-Modified', group.lastUpdated.toUTCString());
    await sendResource(response, group.text(), fhirMediaType(request));
  }

  private async sendBundle(
    parameters: readonly QueryParameter[],
    app: AppPrincipal,
    response: Response,
    mediaType: FhirMediaType,
  ): Promise<void> {
    requireGroupScope(app);
    if (isXml(mediaType)) refuseInclude(parameters);
    const bundle = await this.searches.bundle(parameters, {
      groups: {
        licensed: app.licence.allGroups ? 'all' : app.licence.groups,
        keptBy: app.licence.ownGroups && app.appId,
      },
      patients: app.allowedTypes.has('Patient')
        ? { allowed: true }
        : { allowed: false, advice: adviceOn(['Patient'], app) },
    });
    await sendResource(response.status(200), bundle, mediaType);
  }
}

/** The same words whether it does not exist or is not the app's: one must not tell the other. */
const NO_SUCH_GROUP =
  'There is no such group, or this app is not licensed for it. [base]/Group lists the groups that it may export.';

function requireGroupScope(app: AppPrincipal): void {
  if (app.allowedTypes.has('Group')) return;
  throw forbidden(
    `Groups are read and searched with a scope that covers Group. ${adviceOn(['Group'], app)}`,
    ['scope'],
  );
}

/**
 * Patients go out byte for byte as they are stored. Made into XML, a decimal would lose its trailing
 * zeros, and what R4 does not define would be lost.
 */
function refuseInclude(parameters: readonly QueryParameter[]): void {
  if (!parameters.some(([name]) => name === '_include')) return;
  throw new FhirError('_include is answered in JSON only: leave it out, or ask for JSON.', {
    status: 406,
    code: 'not-supported',
    expression: ['_include'],
  });
}
