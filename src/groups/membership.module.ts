import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AppsModule } from '../auth';
import { FilteredSource } from './filtered/filtered.source';
import { GroupDirectory } from './group-directory.service';
import { GroupVersionRow } from './group-version.entity';
import { MemberRow } from './member.entity';
import { MEMBERSHIP_SOURCES, type MembershipSource } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';
import { PatientGroupRow } from './patient-group.entity';
import { PatientListSource } from './patient-list.source';
import { PatientLists } from './patient-lists';
import { Populations } from './roster/populations.service';
import { RosterSource } from './roster/roster.source';
import { SegmentSource } from './segment/segment.source';

/** One for each of GROUP_SOURCES; the registry refuses to start otherwise. */
const SOURCES = [PatientListSource, SegmentSource, RosterSource, FilteredSource];

/** Groups and who is in them, for whoever may ask: it knows of no HTTP. */
@Module({
  imports: [
    TypeOrmModule.forFeature([PatientGroupRow, GroupVersionRow, MemberRow]),
    AppsModule,
    AuditModule,
  ],
  providers: [
    ...SOURCES,
    {
      provide: MEMBERSHIP_SOURCES,
      inject: SOURCES,
      useFactory: (...sources: readonly MembershipSource[]) => sources,
    },
    MembershipSourceRegistry,
    GroupDirectory,
    PatientLists,
    Populations,
  ],
  exports: [GroupDirectory, MembershipSourceRegistry, PatientLists, SegmentSource],
})
export class MembershipModule {}
