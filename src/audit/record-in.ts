import { ACTORS, type AuditEvent } from './audit-event';

/** A session of PostgreSQL in a transaction. */
interface Session {
  query(sql: string, parameters: readonly unknown[]): Promise<unknown>;
}

const INSERT = `
  insert into audit.event (at, actor, action, outcome, app_id, job_id, group_id, request_id, detail)
  select service.now(), e.actor, e.action, e.outcome, e."appId", e."jobId", e."groupId", e."requestId", e.detail
  from jsonb_to_recordset($1::jsonb) as e (
    actor text, action text, outcome text, "appId" text, "jobId" uuid, "groupId" text, "requestId" text,
    detail jsonb)`;

/** Adds events in the transaction of a writer that has a session of its own, so that both are kept or neither. */
export async function recordIn(session: Session, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ detail = {}, ...event }) => ({
    ...event,
    detail,
    actor: ACTORS[event.action],
  }));
  await session.query(INSERT, [JSON.stringify(rows)]);
}
