import { Controller, Get, Inject, type MessageEvent, Query, Sse } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Observable } from 'rxjs';

import { OperatorController, readCount, readOne, type RequestQuery, requireNames } from '../admin';
import { AUDIT_ACTIONS, type AuditPage, AuditTrail } from '../audit';
import { API_TAGS, invalidParameter, SOFTWARE } from '../common';
import { type Config, CONFIG, type ShownSetting } from '../config';
import { type Readiness, Readinesses } from '../health';
import { LiveOverview } from './live-overview.service';

interface SystemState {
  readonly version: string;
  readonly node: string;
  readonly health: Readiness;
  readonly settings: readonly ShownSetting[];
}

/** What the console asks for beside the operators' API. */
@ApiExcludeController()
@Controller('admin')
@OperatorController(API_TAGS.operatorExports)
export class ConsoleController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly live: LiveOverview,
    private readonly trail: AuditTrail,
    private readonly readinesses: Readinesses,
  ) {}

  @Sse('events')
  events(): Observable<MessageEvent> {
    return this.live.watch();
  }

  @Get('system')
  async system(): Promise<SystemState> {
    return {
      version: SOFTWARE.version,
      node: process.version,
      health: await this.readinesses.ask(),
      settings: this.config.shown,
    };
  }

  /** @throws FhirError 400 that names the parameter */
  @Get('audit')
  audit(@Query() query: RequestQuery): Promise<AuditPage> {
    requireNames(query, ['action', 'app', 'before', 'count'], 'Audit events are');
    return this.trail.page({
      action: actionOf(readOne(query, 'action')),
      app: readOne(query, 'app'),
      before: beforeOf(readOne(query, 'before')),
      count: readCount(query),
    });
  }
}

function actionOf(text: string | undefined): string | undefined {
  if (text === undefined || AUDIT_ACTIONS.includes(text)) return text;
  throw invalidParameter('action', `action accepts ${AUDIT_ACTIONS.join(', ')}.`);
}

function beforeOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[1-9]\d{0,17}$/.test(text)) return text;
  throw invalidParameter('before', 'before must be a number, as `next` gave it.');
}
