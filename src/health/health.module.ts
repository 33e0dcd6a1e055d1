import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { ClockIndicator } from './clock.indicator';
import { HealthController } from './health.controller';

/** Liveness, readiness and metrics, for orchestrators and Prometheus. */
@Module({ imports: [TerminusModule], controllers: [HealthController], providers: [ClockIndicator] })
export class HealthModule {}
