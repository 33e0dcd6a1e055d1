export type { AuditAction, AuditEvent } from './audit-event';
export { AuditEventRow } from './audit-event.entity';
export { AuditLog } from './audit-log';
export { AuditModule } from './audit.module';
export { RefusalLog } from './refusal-log';
