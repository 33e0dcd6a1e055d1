import { Module } from '@nestjs/common';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { ExportOperationsModule } from '../export-jobs';
import { GroupsModule } from '../groups';
import { AdminAppsController } from './apps.controller';
import { AdminDisclosuresController } from './disclosures.controller';
import { AdminExportsController } from './exports.controller';
import { AdminGroupsController } from './groups.controller';
import { OperatorRefusals } from './operator-refusals';
import { AdminSessionController } from './session.controller';

/** The operators' API: apps, licences, groups and exports, beside the FHIR base and with its own credential. */
@Module({
  imports: [AuditModule, AuthModule, ExportOperationsModule, GroupsModule],
  providers: [OperatorRefusals],
  exports: [OperatorRefusals],
  controllers: [
    AdminAppsController,
    AdminGroupsController,
    AdminExportsController,
    AdminDisclosuresController,
    AdminSessionController,
  ],
})
export class AdminModule {}
