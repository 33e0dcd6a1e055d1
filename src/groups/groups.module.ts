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
import { SegmentMembers } from './segment/segment-members.service';

/** Groups as apps read and search them. */
@Module({
  imports: [AuditModule, AuthModule, ClinicalDataModule, MembershipModule],
  controllers: [GroupController],
  providers: [GroupFinder, GroupReader, GroupSearches, IncludedPatientsReader, SegmentMembers],
  exports: [MembershipModule, SegmentMembers],
})
export class GroupsModule {}
