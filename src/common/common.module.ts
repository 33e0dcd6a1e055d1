import { Global, Module } from '@nestjs/common';

import { Clock } from './clock';
import { DownloadSlots } from './download-slots';
import { HostClock } from './host-clock';

const PROVIDERS = [HostClock, Clock, DownloadSlots];

/** What every module may ask for without naming it. */
@Global()
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class CommonModule {}
