import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../../audit';
import { AppRegistry } from './app-registry';
import { AppRow } from './app.entity';

/** The registered apps, without the tokens that they are given. */
@Module({
  imports: [AuditModule, TypeOrmModule.forFeature([AppRow])],
  providers: [AppRegistry],
  exports: [AppRegistry],
})
export class AppsModule {}
