import { BullModule } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { CohortModule } from '../cohort';
import type { Config } from '../config';
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
import { FaultInjection } from './work/fault-injection.service';
import { HistoryTrimmer } from './work/history-trimmer.service';
import { PartCopy } from './work/part-copy.service';
import { PartExtractor } from './work/part-extractor.service';
import { partsProcessor } from './work/parts.processor';
import { Planner } from './work/planner.service';
import { PlanningProcessor } from './work/planning.processor';
import { PARTS_QUEUE, PLANNING_QUEUE } from './work/queues';
import { Reconciler } from './work/reconciler.service';
import { SignalledWork } from './work/signalled-work';
import { SweepMetrics } from './work/sweep-metrics';
import { Sweeper } from './work/sweeper.service';
import { WorkSignal } from './work/work-signal.queue';

const RECORDS = TypeOrmModule.forFeature([JobRow, PartRow, FileRow]);

/** What both roles need: the queues, and how they are signalled. */
@Module({
  imports: [BullModule.registerQueue({ name: PLANNING_QUEUE }, { name: PARTS_QUEUE })],
  providers: [WorkSignal],
  exports: [WorkSignal, BullModule],
})
class WorkSignalModule {}

/** The HTTP side of exports: kick-off, status, manifest, delete, files. */
@Module({
  imports: [
    RECORDS,
    WorkSignalModule,
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
    WorkSignalModule,
    AuditModule,
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
    SignalledWork,
    PlanningProcessor,
    Reconciler,
    SweepMetrics,
    Sweeper,
    HistoryTrimmer,
  ],
})
export class ExportWorkerModule {
  static forRoot(config: Config): DynamicModule {
    return { module: ExportWorkerModule, providers: [partsProcessor(config)] };
  }
}
