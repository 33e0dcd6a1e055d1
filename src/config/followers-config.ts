import type { Config } from './config';
import type { Environment } from './environment';

/** The section of the followers, from validated variables. */
export function followersConfig(env: Environment): Config['followers'] {
  return {
    poll: env.FEED_POLL_SECONDS,
    batchRows: env.FEED_BATCH_ROWS,
    compare: env.FEED_COMPARE_SECONDS,
    maxDeletedPercent: env.FEED_MAX_DELETED_PERCENT,
    database: databaseSource(env),
  };
}

/** What is set in part only. */
export function followerFaults(env: Environment): readonly string[] {
  const hasDatabase = Boolean(env.FEED_DATABASE_URL);
  if (hasDatabase && env.FEED_DATABASE_FOLDER === '') {
    return ['FEED_DATABASE_FOLDER is required with FEED_DATABASE_URL'];
  }
  if (env.ROLE === 'feed' && !hasDatabase)
    return ['ROLE=feed has no source: set FEED_DATABASE_URL'];
  return [];
}

function databaseSource(env: Environment): Config['followers']['database'] {
  const url = env.FEED_DATABASE_URL;
  if (!url) return undefined;
  return {
    url,
    feed: env.FEED_DATABASE_NAME,
    folder: env.FEED_DATABASE_FOLDER,
    overlap: env.FEED_DATABASE_OVERLAP_SECONDS,
    clockSkew: env.FEED_DATABASE_CLOCK_SKEW_SECONDS,
    watermark: env.FEED_DATABASE_WATERMARK as 'transactions' | 'overlap',
  };
}
