import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { CohortModule } from '../cohort';
import { ExtractorsModule } from '../extractors';
import { GroupsModule } from '../groups';
import { PackedSegmentsModule } from '../packed-segments';
import { ProvenanceModule } from '../provenance';
import { StorageModule } from '../storage';
import { Downloads } from './files/downloads.service';
import { FilesController } from './files/files.controller';
import { RunningDownloads } from './files/running-downloads.service';
import { StoredFileFaults } from './files/stored-file-faults.service';
import { Admission } from './kick-off/admission.service';
import { ExportTargets } from './kick-off/export-targets.service';
import { KickOffController } from './kick-off/kick-off.controller';
import { KickOffs } from './kick-off/kick-off.service';
import { FileRow } from './record/file.entity';
import { JobQueue } from './record/job-queue.service';
import { JobRecords } from './record/job-records.service';
import { JobRow } from './record/job.entity';
import { PartClaims } from './record/part-claims.service';
import { PartRecords } from './record/part-records.service';
import { PartRow } from './record/part.entity';
import { PlanClaims } from './record/plan-claims.service';
import { PlanRecords } from './record/plan-records.service';
import { SweepRecords } from './record/sweep-records.service';
import { ExportStatuses } from './status/export-status.service';
import { FileUrls } from './status/file-urls.service';
import { Manifests } from './status/manifests.service';
import { StatusController } from './status/status.controller';
import { Bells } from './work/bells.queue';
import { ExportProcessor } from './work/export.processor';
import { FaultInjection } from './work/fault-injection.service';
import { HistoryTrimmer } from './work/history-trimmer.service';
import { PartCopy } from './work/part-copy.service';
import { PartExtractor } from './work/part-extractor.service';
import { Planner } from './work/planner.service';
import { PARTS_QUEUE, PLANNING_QUEUE } from './work/queues';
import { Reconciler } from './work/reconciler.service';
import { SweepMetrics } from './work/sweep-metrics';
import { Sweeper } from './work/sweeper.service';

const RECORDS = TypeOrmModule.forFeature([JobRow, PartRow, FileRow]);

/** What both roles need: the queues and how they are rung. */
@Module({
  imports: [BullModule.registerQueue({ name: PLANNING_QUEUE }, { name: PARTS_QUEUE })],
  providers: [Bells],
  exports: [Bells, BullModule],
})
class BellsModule {}

/** The HTTP side of exports: kick-off, status, manifest, delete, files. */
@Module({
  imports: [
    RECORDS,
    BellsModule,
    AuditModule,
    AuthModule,
    ExtractorsModule,
    GroupsModule,
    ProvenanceModule,
    StorageModule,
  ],
  controllers: [KickOffController, StatusController, FilesController],
  providers: [
    JobRecords,
    JobQueue,
    Admission,
    ExportTargets,
    KickOffs,
    ExportStatuses,
    Manifests,
    FileUrls,
    Downloads,
    RunningDownloads,
    StoredFileFaults,
  ],
})
export class ExportApiModule {}

/** The working side of exports: planner, extractor, reconciler, sweeper. */
@Module({
  imports: [
    RECORDS,
    BellsModule,
    CohortModule,
    ExtractorsModule,
    GroupsModule,
    PackedSegmentsModule,
    StorageModule,
  ],
  providers: [
    PlanClaims,
    PlanRecords,
    PartClaims,
    PartRecords,
    SweepRecords,
    Planner,
    PartExtractor,
    PartCopy,
    FaultInjection,
    ExportProcessor,
    Reconciler,
    SweepMetrics,
    Sweeper,
    HistoryTrimmer,
  ],
})
export class ExportWorkerModule {}
