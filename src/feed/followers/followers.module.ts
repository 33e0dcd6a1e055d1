import { type DynamicModule, Module, type Provider } from '@nestjs/common';

import { Clock } from '../../common';
import {
  type Config,
  CONFIG,
  ConfigurationError,
  type DatabaseSourceConfig,
  type FhirSourceConfig,
} from '../../config';
import { FeedWriter } from '../batches/feed-writer.service';
import { Feeds } from '../batches/feeds.service';
import { FeedModule } from '../feed.module';
import type { ChangeSource } from './change-source';
import { DatabaseSource } from './database/database-source';
import { requireDriver } from './database/required-driver';
import { readStatements, StatementFolderError } from './database/statement-folder';
import { readClientKey } from './fhir/client-key';
import { FhirServer } from './fhir/fhir-server';
import { FhirSource } from './fhir/fhir-source';
import { Follower } from './follower';
import { FollowerLease } from './follower-lease';
import { FollowerMetrics } from './follower-metrics';

type Injected = [Config, FeedWriter, Feeds, Clock, FollowerMetrics];

interface Surroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly metrics: FollowerMetrics;
}

type MakeSource = (around: Surroundings) => ChangeSource | Promise<ChangeSource>;

/** Follows the sources that are configured. */
@Module({})
export class FollowersModule {
  static forRoot({ followers }: Config): DynamicModule {
    const { database, fhir } = followers;
    return {
      module: FollowersModule,
      imports: [FeedModule],
      providers: [
        FollowerMetrics,
        ...(database ? [follower('database', (around) => databaseSource(database, around))] : []),
        ...(fhir ? [follower('fhir', (around) => fhirSource(fhir, around))] : []),
      ],
    };
  }
}

function follower(name: string, makeSource: MakeSource): Provider {
  return {
    provide: `Follower:${name}`,
    inject: [CONFIG, FeedWriter, Feeds, Clock, FollowerMetrics],
    useFactory: async (...[config, writer, feeds, clock, metrics]: Injected): Promise<Follower> => {
      const source = await makeSource({ config, clock, metrics });
      const lease = new FollowerLease(config.database.url, source.feed);
      return new Follower({ config, source, lease, writer, feeds, clock, metrics });
    },
  };
}

/** @throws ConfigurationError when the folder or the driver is not as it must be */
function databaseSource(
  config: DatabaseSourceConfig,
  { clock, metrics }: Surroundings,
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

/** @throws ConfigurationError when the key is not as it must be */
async function fhirSource(
  config: FhirSourceConfig,
  { clock, metrics, config: { feeds, resourceTypes: offered } }: Surroundings,
): Promise<FhirSource> {
  const { lineMaxBytes } = feeds;
  const { feed, client } = config;
  const key = client && (await readClientKey(client.keyFile));
  return new FhirSource({
    ...{ config, clock, offered, lineMaxBytes, server: new FhirServer(config, key, lineMaxBytes) },
    onLeftOut: (type) => {
      metrics.leftOut.inc({ feed, type });
    },
  });
}
