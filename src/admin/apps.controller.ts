import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';

import { shown } from '@app/fhir';

import { AppNotFoundError, AppRegistry } from '../auth';
import { API_TAGS, ApiOutcomes } from '../common';
import { ApiExampleBody, OperatorController } from './admin.api';
import {
  AppKeys,
  JWKS_EXAMPLE,
  appView,
  AppView,
  NewApp,
  NewLicence,
  NewLimits,
  NewWeight,
  readLicence,
} from './apps.dto';

const ApiId = (): MethodDecorator =>
  ApiParam({ name: 'id', description: 'Client id of the app.', example: 'my-app' });
const INVALID = { 400: 'The body has faults; each is named.', 413: 'The body is too large.' };

/** Registers apps and changes them: who may export what. */
@Controller('admin/apps')
@OperatorController(API_TAGS.operatorApps)
export class AdminAppsController {
  constructor(private readonly apps: AppRegistry) {}

  @Post()
  @ApiOperation({
    summary: 'Register an app',
    description:
      'System, Patient and User apps can be registered, but only System apps can use bulk data.',
  })
  @ApiExampleBody(NewApp, {
    ...{ name: 'Cancer registry', type: 'system', groups: ['INF-101'] },
    jwks: JWKS_EXAMPLE,
  })
  @ApiCreatedResponse({ type: AppView, description: 'The app.' })
  @ApiOutcomes({ ...INVALID, 409: 'There is an app with this id.' })
  async register(@Body() body: NewApp): Promise<AppView> {
    return appView(await this.apps.register(body));
  }

  @Get()
  @ApiOperation({ summary: 'List all apps', description: 'Disabled ones too.' })
  @ApiOkResponse({ type: [AppView], description: 'The apps, oldest first.' })
  async list(): Promise<readonly AppView[]> {
    return (await this.apps.list()).map(appView);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show an app', description: 'Its public keys and its licence.' })
  @ApiId()
  @ApiOkResponse({ type: AppView, description: 'The app.' })
  async show(@Param('id') id: string): Promise<AppView> {
    const app = await this.apps.find(id);
    if (!app) throw new AppNotFoundError(shown(id, 128));
    return appView(app);
  }

  @Post(':id/disable')
  @HttpCode(200)
  @ApiOperation({
    summary: 'End the use of an app',
    description: 'At once, tokens that are in use included.',
  })
  @ApiId()
  @ApiOkResponse({ type: AppView, description: 'The app.' })
  async disable(@Param('id') id: string): Promise<AppView> {
    return appView(await this.apps.disable(id));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Let a disabled app be used again',
    description: 'With the keys and the licence that it had.',
  })
  @ApiId()
  @ApiOkResponse({ type: AppView, description: 'The app.' })
  async enable(@Param('id') id: string): Promise<AppView> {
    return appView(await this.apps.enable(id));
  }

  @Put(':id/keys')
  @ApiExampleBody(AppKeys, { jwks: JWKS_EXAMPLE })
  @ApiOperation({
    summary: "Replace an app's keys",
    description: 'The old ones stop working at once.',
  })
  @ApiId()
  @ApiOkResponse({ type: AppView, description: 'The app.' })
  @ApiOutcomes(INVALID)
  async rotate(@Param('id') id: string, @Body() body: AppKeys): Promise<AppView> {
    return appView(await this.apps.rotateKeys(id, body));
  }

  @Put(':id/licence')
  @ApiExampleBody(NewLicence, { groups: ['INF-101'], allResourceTypes: true })
  @ApiOperation({
    summary: 'Replace what an app may export and write',
    description:
      'Groups and resource types, and what it may write: left out, nothing. The scopes of a token can only narrow them. Counts from the next request on, for tokens that are in use too.',
  })
  @ApiId()
  @ApiOkResponse({ type: AppView, description: 'The app.' })
  @ApiOutcomes(INVALID)
  async license(@Param('id') id: string, @Body() body: NewLicence): Promise<AppView> {
    return appView(await this.apps.changeLicence(id, readLicence(body)));
  }

  @Put(':id/limits')
  @ApiExampleBody(NewLimits, { running: 4, queued: 10 })
  @ApiOperation({
    summary: 'Replace the limits on exports of an app',
    description:
      'How many may run and wait at a time, in place of the settings; {} goes back to them. Counts from the next kick-off on; what has begun goes on.',
  })
  @ApiId()
  @ApiOkResponse({ type: AppView, description: 'The app.' })
  @ApiOutcomes(INVALID)
  async limit(@Param('id') id: string, @Body() body: NewLimits): Promise<AppView> {
    return appView(await this.apps.changeLimits(id, body));
  }

  @Put(':id/weight')
  @ApiOperation({
    summary: "Change an app's share of the workers",
    description:
      'When several apps have exports running, the parts of their exports are worked on in turns, in proportion to their weights.',
  })
  @ApiId()
  @ApiOkResponse({ type: AppView, description: 'The app.' })
  @ApiOutcomes(INVALID)
  async weigh(@Param('id') id: string, @Body() body: NewWeight): Promise<AppView> {
    return appView(await this.apps.changeWeight(id, body.weight));
  }
}
