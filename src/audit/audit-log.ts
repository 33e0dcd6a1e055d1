import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

/** Everything that is worth a line in the record of who changed or took what. A closed set. */
export type AuditAction =
  | 'token.issued'
  | 'token.refused'
  | 'export.kick-off'
  | 'export.refused'
  | 'export.deleted'
  | 'export.expired'
  | 'file.downloaded'
  | 'file.signed'
  | 'binary.read'
  | 'app.registered'
  | 'app.disabled'
  | 'app.enabled'
  | 'app.rotated'
  | 'app.licensed'
  | 'app.weighted'
  | 'group.created'
  | 'group.changed'
  | 'group.deleted'
  | 'admin.refused';

/** Who acts: an app with its credential, an operator by the command line or /admin, or nobody but time. */
export type AuditActor = 'app' | 'operator' | 'service';

const ACTORS: Readonly<Record<AuditAction, AuditActor>> = {
  'token.issued': 'app',
  'token.refused': 'app',
  'export.kick-off': 'app',
  'export.refused': 'app',
  'export.deleted': 'app',
  'export.expired': 'service',
  'binary.read': 'app',
  'file.downloaded': 'app',
  'file.signed': 'app',
  'app.registered': 'operator',
  'app.disabled': 'operator',
  'app.enabled': 'operator',
  'app.rotated': 'operator',
  'app.licensed': 'operator',
  'app.weighted': 'operator',
  'group.created': 'operator',
  'group.changed': 'operator',
  'group.deleted': 'operator',
  'admin.refused': 'operator',
};

export interface AuditEvent {
  readonly action: AuditAction;
  readonly outcome: 'success' | 'refused';
  readonly appId?: string;
  readonly jobId?: string;
  readonly groupId?: string;
  readonly requestId?: string;
  /** Codes, counts, types and names of files; never patient data, keys or tokens. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** The record of who changed or released data: rows are only ever added. */
@Injectable()
export class AuditLog {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Adds one event. Not idempotent. Rejects when the row cannot be written: an action that releases
   * or changes data awaits this before it answers, and so fails with it.
   *
   * @param manager the transaction of the action, so that both are kept or neither
   */
  async record(event: AuditEvent, manager: EntityManager = this.dataSource.manager): Promise<void> {
    await manager.query(
      `insert into audit.event (at, actor, action, outcome, app_id, job_id, group_id, request_id, detail)
       values (service.now(), $1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        ACTORS[event.action],
        event.action,
        event.outcome,
        event.appId ?? null,
        event.jobId ?? null,
        event.groupId ?? null,
        event.requestId ?? null,
        JSON.stringify(event.detail ?? {}),
      ],
    );
  }
}
