import { Module } from '@nestjs/common';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { GroupsModule } from '../groups';
import { AdminAppsController } from './apps.controller';
import { AdminGroupsController } from './groups.controller';

/** The operators' API: apps, licences and groups, beside the FHIR base and with its own credential. */
@Module({
  imports: [AuditModule, AuthModule, GroupsModule],
  controllers: [AdminAppsController, AdminGroupsController],
})
export class AdminModule {}
