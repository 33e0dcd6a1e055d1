import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { ClinicalDataModule } from '../clinical-data';
import { GroupDirectory } from './group-directory.service';
import { GroupFinder } from './group-finder.service';
import { GroupReader } from './group-reader.service';
import { GroupSearches } from './group-search.service';
import { GroupVersionRow } from './group-version.entity';
import { GroupController } from './group.controller';
import { IncludedPatientsReader } from './included-patients.service';
import { MemberRow } from './member.entity';
import { MEMBERSHIP_SOURCES, type MembershipSource } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';
import { PatientGroupRow } from './patient-group.entity';
import { PatientListSource } from './patient-list.source';
import { PatientLists } from './patient-lists';
import { SegmentMembers } from './segment/segment-members.service';
import { SegmentSource } from './segment/segment.source';

/** One for each of GROUP_SOURCES; the registry refuses to start otherwise. */
const SOURCES = [PatientListSource, SegmentSource];

@Module({
  imports: [
    TypeOrmModule.forFeature([PatientGroupRow, GroupVersionRow, MemberRow]),
    AuditModule,
    AuthModule,
    ClinicalDataModule,
  ],
  controllers: [GroupController],
  providers: [
    ...SOURCES,
    {
      provide: MEMBERSHIP_SOURCES,
      inject: SOURCES,
      useFactory: (...sources: readonly MembershipSource[]) => sources,
    },
    MembershipSourceRegistry,
    GroupDirectory,
    GroupFinder,
    GroupReader,
    GroupSearches,
    IncludedPatientsReader,
    PatientLists,
    SegmentMembers,
  ],
  exports: [GroupDirectory, PatientLists, SegmentMembers, SegmentSource],
})
export class GroupsModule {}
