import { Global, Module } from '@nestjs/common';

import { Clock } from './clock';

/** What every module may ask for without naming it. */
@Global()
@Module({ providers: [Clock], exports: [Clock] })
export class CommonModule {}
