import { Module } from '@nestjs/common';

import { ConformanceController } from './conformance.controller';
import { OperationDefinitionsController } from './operation-definitions.controller';

/** What the service says of itself. */
@Module({ controllers: [ConformanceController, OperationDefinitionsController] })
export class ConformanceModule {}
