import { Module } from '@nestjs/common';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { ClinicalDataModule } from '../clinical-data';
import { GroupsModule } from '../groups';
import { BinaryReader } from './binary/binary-reader.service';
import { BinaryController } from './binary/binary.controller';
import { ResourceReader } from './resource-reader.service';
import { ResourcesController } from './resources.controller';

/** Reading of single resources: what exports point at, and the content of attachments. */
@Module({
  imports: [AuditModule, AuthModule, ClinicalDataModule, GroupsModule],
  controllers: [BinaryController, ResourcesController],
  providers: [BinaryReader, ResourceReader],
})
export class ResourcesModule {}
