import { Module } from '@nestjs/common';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { ClinicalDataModule } from '../clinical-data';
import { GroupsModule } from '../groups';
import { BinaryReader } from './binary-reader.service';
import { BinaryController } from './binary.controller';

/** The content that attachments of exported resources lead to. */
@Module({
  imports: [AuditModule, AuthModule, ClinicalDataModule, GroupsModule],
  controllers: [BinaryController],
  providers: [BinaryReader],
})
export class BinariesModule {}
