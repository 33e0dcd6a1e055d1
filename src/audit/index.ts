export { type AuditAction, type AuditEvent, AuditLog } from './audit-log';
export { AuditModule } from './audit.module';
export { RefusalLog } from './refusal-log';
