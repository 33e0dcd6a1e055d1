import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditEventRow } from './audit-event.entity';
import { AuditLog } from './audit-log';
import { RefusalLog } from './refusal-log';

/** Who took what. */
@Module({
  imports: [TypeOrmModule.forFeature([AuditEventRow])],
  providers: [AuditLog, RefusalLog],
  exports: [AuditLog, RefusalLog],
})
export class AuditModule {}
