import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';

import { personOf } from './acting-operator';
import { ACTORS, type AuditEvent } from './audit-event';
import { AuditEventRow } from './audit-event.entity';

/** The record of who changed or released data: rows are only ever added. */
@Injectable()
export class AuditLog {
  constructor(
    @InjectRepository(AuditEventRow) private readonly events: Repository<AuditEventRow>,
  ) {}

  /**
   * Adds one event. Not idempotent. Rejects when the row cannot be written: an action that releases
   * or changes data awaits this before it answers, and so fails with it.
   *
   * @param manager the transaction of the action, so that both are kept or neither
   */
  async record(event: AuditEvent, manager: EntityManager = this.events.manager): Promise<void> {
    await recordAll([event], manager);
  }
}

/** Adds events in a transaction, as AuditLog does. */
export async function recordAll(
  events: readonly AuditEvent[],
  manager: EntityManager,
): Promise<void> {
  const rows = events.map(({ detail = {}, ...event }) => ({
    ...event,
    detail: { ...detail, ...personOf(event) },
    actor: ACTORS[event.action],
    at: () => 'service.now()',
  }));
  await manager.insert(AuditEventRow, rows);
}
