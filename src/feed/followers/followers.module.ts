import { type DynamicModule, Module, type Provider } from '@nestjs/common';

import { Clock } from '../../common';
import { type Config, CONFIG, ConfigurationError, type DatabaseSourceConfig } from '../../config';
import { FeedWriter } from '../batches/feed-writer.service';
import { Feeds } from '../batches/feeds.service';
import { FeedModule } from '../feed.module';
import type { ChangeSource } from './change-source';
import { DatabaseSource } from './database/database-source';
import { requireDriver } from './database/required-driver';
import { readStatements, StatementFolderError } from './database/statement-folder';
import { Follower } from './follower';
import { FollowerLease } from './follower-lease';
import { FollowerMetrics } from './follower-metrics';

type Injected = [Config, FeedWriter, Feeds, Clock, FollowerMetrics];
type MakeSource = (metrics: FollowerMetrics, clock: Clock) => ChangeSource;

/** Follows the sources that are configured. */
@Module({})
export class FollowersModule {
  static forRoot({ followers }: Config): DynamicModule {
    const { database } = followers;
    return {
      module: FollowersModule,
      imports: [FeedModule],
      providers: [
        FollowerMetrics,
        ...(database
          ? [follower('database', (metrics, clock) => databaseSource(database, metrics, clock))]
          : []),
      ],
    };
  }
}

function follower(name: string, makeSource: MakeSource): Provider {
  return {
    provide: `Follower:${name}`,
    inject: [CONFIG, FeedWriter, Feeds, Clock, FollowerMetrics],
    useFactory: (...[config, writer, feeds, clock, metrics]: Injected): Follower => {
      const source = makeSource(metrics, clock);
      const lease = new FollowerLease(config.database.url, source.feed);
      return new Follower({ config, source, lease, writer, feeds, clock, metrics });
    },
  };
}

/** @throws ConfigurationError when the folder or the driver is not as it must be */
function databaseSource(
  config: DatabaseSourceConfig,
  metrics: FollowerMetrics,
  clock: Clock,
): DatabaseSource {
  const { feed } = config;
  try {
    requireDriver(config.url);
    return new DatabaseSource(config, readStatements(config.folder), clock, (type) => {
      metrics.leftOut.inc({ feed, type });
    });
  } catch (error) {
    if (!(error instanceof StatementFolderError)) throw error;
    throw new ConfigurationError([error.message]);
  }
}
