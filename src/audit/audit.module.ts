import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditEventRow } from './audit-event.entity';
import { AuditLog } from './audit-log';
import { AuditTrail } from './audit-trail';
import { RefusalLog } from './refusal-log';

/** Who took what. */
@Module({
  imports: [TypeOrmModule.forFeature([AuditEventRow])],
  providers: [AuditLog, AuditTrail, RefusalLog],
  exports: [AuditLog, AuditTrail, RefusalLog],
})
export class AuditModule {}
