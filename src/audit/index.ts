export { actingAs } from './acting-operator';
export type { AuditAction, AuditEvent, AuditOutcome } from './audit-event';
export { AuditEventRow } from './audit-event.entity';
export { AuditLog, recordAll } from './audit-log';
export { AuditModule } from './audit.module';
export { recordIn } from './record-in';
export { RefusalLog } from './refusal-log';
export { AUDIT_ACTIONS, type AuditPage, AuditTrail } from './audit-trail';
