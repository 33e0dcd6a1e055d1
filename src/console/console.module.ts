import { Module } from '@nestjs/common';

import { AdminModule } from '../admin';
import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { ExportOperationsModule } from '../export-jobs';
import { FeedModule } from '../feed';
import { HealthModule } from '../health';
import { ConsoleController } from './console.controller';
import { LiveOverview } from './live-overview.service';
import { Overviews } from './overviews.service';

/** What the operators' page shows beside exports, apps and groups: the overview as it changes, audit and system. */
@Module({
  imports: [AdminModule, AuditModule, AuthModule, ExportOperationsModule, FeedModule, HealthModule],
  controllers: [ConsoleController],
  providers: [LiveOverview, Overviews],
})
export class ConsoleModule {}
