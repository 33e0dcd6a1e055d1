import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import { ACTORS } from './audit-event';
import { AuditEventRow } from './audit-event.entity';

export const AUDIT_ACTIONS: readonly string[] = Object.keys(ACTORS);

export interface AuditQuestion {
  readonly action: string | undefined;
  /** Client id. */
  readonly app: string | undefined;
  /** Id of the last event on the page before. */
  readonly before: string | undefined;
  readonly count: number;
}

export interface AuditPage {
  readonly events: readonly AuditEventRow[];
  /** `before` of the next page; undefined on the last. */
  readonly next: string | undefined;
}

/** Shows operators the record of who changed or took what. */
@Injectable()
export class AuditTrail {
  constructor(
    @InjectRepository(AuditEventRow) private readonly events: Repository<AuditEventRow>,
  ) {}

  /** Newest first. */
  async page({ action, app, before, count }: AuditQuestion): Promise<AuditPage> {
    const query = this.events.createQueryBuilder('event').orderBy('event.id', 'DESC');
    if (action !== undefined) query.andWhere('event.action = :action', { action });
    if (app !== undefined) query.andWhere('event.appId = :app', { app });
    if (before !== undefined) query.andWhere('event.id < :before', { before });
    const found = await query.limit(count + 1).getMany();
    const events = found.slice(0, count);
    return { events, next: found.length > count ? events.at(-1)?.id : undefined };
  }
}
