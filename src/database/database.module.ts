import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

import { type Config, CONFIG } from '../config';
import { ClockKeeper } from './clock-keeper.service';
import { dataSourceOptions } from './data-source';

/** Connects to PostgreSQL and refuses to start on a schema that is not the one this code expects. */
@Module({
  providers: [ClockKeeper],
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => ({
        ...dataSourceOptions(config),
        autoLoadEntities: true,
        retryAttempts: 5,
        retryDelay: 1000,
      }),
    }),
  ],
})
export class DatabaseModule implements OnModuleInit {
  constructor(private readonly dataSource: DataSource) {}

  async onModuleInit(): Promise<void> {
    if (await this.dataSource.showMigrations()) {
      throw new Error('The database schema is not up to date: run the `migrate` command first.');
    }
    const [row] = await this.dataSource.query<{ encoding: string }[]>(
      'select pg_encoding_to_char(encoding) as encoding from pg_database where datname = current_database()',
    );
    if (row?.encoding !== 'UTF8') {
      throw new Error('The database must be created with encoding UTF8: FHIR JSON is UTF-8.');
    }
  }
}
