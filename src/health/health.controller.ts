import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { collectDefaultMetrics, register } from 'prom-client';

import { type Readiness, Readinesses } from './readiness';

if (register.getMetricsAsArray().length === 0) collectDefaultMetrics();

@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(private readonly readinesses: Readinesses) {}

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
  @Header('Content-Type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
