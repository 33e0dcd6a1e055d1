import { Global, Module } from '@nestjs/common';
import { Registry } from 'prom-client';

import { Clock } from './clock';
import { DownloadSlots } from './download-slots';
import { HostClock } from './host-clock';

/** prom-client's own is shared by a whole process, in which tests run several services. */
const METRICS = { provide: Registry, useFactory: (): Registry => new Registry() };

const PROVIDERS = [HostClock, Clock, DownloadSlots, METRICS];

/** What every module may ask for without naming it. */
@Global()
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class CommonModule {}
