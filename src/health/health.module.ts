import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { HealthController } from './health.controller';

/** Liveness, readiness and metrics, for orchestrators and Prometheus. */
@Module({ imports: [TerminusModule], controllers: [HealthController] })
export class HealthModule {}
