import { Module } from '@nestjs/common';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { ClinicalDataModule } from '../clinical-data';
import { GroupFinder } from './group-finder.service';
import { GroupReader } from './group-reader.service';
import { GroupSearches } from './group-search.service';
import { GroupController } from './group.controller';
import { IncludedPatientsReader } from './included-patients.service';
import { MembershipModule } from './membership.module';
import { RostersController } from './roster/rosters.controller';
import { Rosters } from './roster/rosters.service';
import { SegmentMembers } from './segment/segment-members.service';

/** Groups as apps read, search and keep them. */
@Module({
  imports: [AuditModule, AuthModule, ClinicalDataModule, MembershipModule],
  controllers: [GroupController, RostersController],
  providers: [
    GroupFinder,
    GroupReader,
    GroupSearches,
    IncludedPatientsReader,
    Rosters,
    SegmentMembers,
  ],
  exports: [MembershipModule, SegmentMembers],
})
export class GroupsModule {}
