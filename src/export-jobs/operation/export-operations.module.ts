import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../../audit';
import { FileRow } from '../persistence/file.entity';
import { JobRecords } from '../persistence/job-records.service';
import { JobRow } from '../persistence/job.entity';
import { PartRow } from '../persistence/part.entity';
import { Activity } from './activity.service';
import { Disclosures } from './disclosures.service';
import { ExportOperations } from './export-operations.service';
import { ShownExports } from './shown-exports.service';

/** What operators see of exports and do to them, over HTTP and on the command line. */
@Module({
  imports: [TypeOrmModule.forFeature([JobRow, PartRow, FileRow]), AuditModule],
  providers: [Activity, JobRecords, Disclosures, ExportOperations, ShownExports],
  exports: [Activity, Disclosures, ExportOperations, ShownExports],
})
export class ExportOperationsModule {}
