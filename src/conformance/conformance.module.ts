import { Module } from '@nestjs/common';

import { ConformanceController } from './conformance.controller';

/** What the service says of itself. */
@Module({ controllers: [ConformanceController] })
export class ConformanceModule {}
