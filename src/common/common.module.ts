import { Global, Module } from '@nestjs/common';

import { Clock } from './clock';
import { HostClock } from './host-clock';

/** What every module may ask for without naming it. */
@Global()
@Module({ providers: [HostClock, Clock], exports: [HostClock, Clock] })
export class CommonModule {}
