import { BullModule } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { ClinicalDataModule } from '../clinical-data';
import { CohortModule } from '../cohort';
import type { Config } from '../config';
import { ExtractorsModule } from '../extractors';
import { FeedModule } from '../feed';
import { GroupsModule, UnusedRosters } from '../groups';
import { PackedSegmentsModule } from '../packed-segments';
import { ProvenanceModule } from '../provenance';
import { StorageModule } from '../storage';
import { Downloads } from './files/downloads.service';
import { FilesController } from './files/files.controller';
import { RunningDownloads } from './files/running-downloads.service';
import { StoredFileFaults } from './files/stored-file-faults.service';
import { Admission } from './kick-off/admission.service';
import { DryRuns } from './kick-off/dry-runs.service';
import { ExportTargets } from './kick-off/export-targets.service';
import { KickOffController } from './kick-off/kick-off.controller';
import { KickOffs } from './kick-off/kick-off.service';
import { FileRow } from './persistence/file.entity';
import { JobQueue } from './persistence/job-queue.service';
import { JobRecords } from './persistence/job-records.service';
import { JobRow } from './persistence/job.entity';
import { PartClaims } from './persistence/part-claims.service';
import { PartRecords } from './persistence/part-records.service';
import { PartRow } from './persistence/part.entity';
import { PlanClaims } from './persistence/plan-claims.service';
import { PlanRecords } from './persistence/plan-records.service';
import { SweepRecords } from './persistence/sweep-records.service';
import { ExportStatuses } from './status/export-status.service';
import { FileUrls } from './status/file-urls.service';
import { Manifests } from './status/manifests.service';
import { QueueMetrics } from './status/queue-metrics';
import { StatusController } from './status/status.controller';
import { StorageMetrics } from './status/storage-metrics';
import { ExportCohorts } from './worker/export-cohorts.service';
import { ExportCuts } from './worker/export-cuts.service';
import { ExportEvents } from './worker/export-events.service';
import { ExportMetrics } from './worker/export-metrics';
import { ExportTimeChooser } from './worker/export-times.service';
import { FaultInjection } from './worker/fault-injection.service';
import { HistoryTrimmer } from './worker/history-trimmer.service';
import { PartCopy } from './worker/part-copy.service';
import { PartEnds } from './worker/part-ends.service';
import { PartExtractor } from './worker/part-extractor.service';
import { partsProcessor } from './worker/parts.processor';
import { Planner } from './worker/planner.service';
import { PlanningProcessor } from './worker/planning.processor';
import { PARTS_QUEUE, PLANNING_QUEUE } from './worker/queues';
import { Reconciler } from './worker/reconciler.service';
import { SignalMetrics } from './worker/signal-metrics.queue';
import { SignalledWork } from './worker/signalled-work';
import { SweepMetrics } from './worker/sweep-metrics';
import { Sweeper } from './worker/sweeper.service';
import { WorkSignal } from './worker/work-signal.queue';

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
    ClinicalDataModule,
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
    DryRuns,
    ExportCohorts,
    KickOffs,
    ExportStatuses,
    Manifests,
    FileUrls,
    Downloads,
    RunningDownloads,
    StoredFileFaults,
    QueueMetrics,
    SignalMetrics,
    StorageMetrics,
  ],
})
export class ExportApiModule {}

/** The working side of exports: planner, extractor, reconciler, sweeper. */
@Module({
  imports: [
    RECORDS,
    WorkSignalModule,
    AuditModule,
    ClinicalDataModule,
    CohortModule,
    ExtractorsModule,
    FeedModule,
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
    ExportCohorts,
    Planner,
    ExportTimeChooser,
    PartEnds,
    PartExtractor,
    PartCopy,
    FaultInjection,
    ExportCuts,
    ExportMetrics,
    ExportEvents,
    SignalledWork,
    PlanningProcessor,
    Reconciler,
    SweepMetrics,
    Sweeper,
    HistoryTrimmer,
    UnusedRosters,
  ],
})
export class ExportWorkerModule {
  static forRoot(config: Config): DynamicModule {
    return { module: ExportWorkerModule, providers: [partsProcessor(config)] };
  }
}
