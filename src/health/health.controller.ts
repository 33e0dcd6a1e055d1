import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { collectDefaultMetrics, Registry } from 'prom-client';

import { type Readiness, Readinesses } from './readiness';

/** `process_*` and `nodejs_*`: facts about the process, whatever runs in it. */
const PROCESS_METRICS = new Registry();
collectDefaultMetrics({ register: PROCESS_METRICS });

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly readinesses: Readinesses,
    private readonly metrics: Registry,
  ) {}

  /** The process answers: nothing else is asked, or a database outage would restart every container. */
  @Get('health/live')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can serve: 503 while something that it works with does not do, by name. */
  @Get('health/ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const readiness = await this.readinesses.ask();
    if (readiness.status !== 'ok') response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return readiness;
  }

  @Get('metrics')
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  allMetrics(): Promise<string> {
    return Registry.merge([PROCESS_METRICS, this.metrics]).metrics();
  }
}
