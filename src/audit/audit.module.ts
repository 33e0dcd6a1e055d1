import { Module } from '@nestjs/common';

import { AuditLog } from './audit-log';
import { RefusalLog } from './refusal-log';

/** Who took what. */
@Module({ providers: [AuditLog, RefusalLog], exports: [AuditLog, RefusalLog] })
export class AuditModule {}
