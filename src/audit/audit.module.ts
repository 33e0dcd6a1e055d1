import { Module } from '@nestjs/common';

import { AuditLog } from './audit-log';

/** Who took what. */
@Module({ providers: [AuditLog], exports: [AuditLog] })
export class AuditModule {}
