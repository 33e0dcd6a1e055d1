import { makeValidator, str } from 'envalid';

import { feedName } from './feed-variables';
import { plain, positive, seconds, secret, sourceUrl } from './variable';

const name = makeValidator<string>(feedName);
const percent = makeValidator<number>((input) => {
  const value = Number(input);
  if (/^\d+(\.\d+)?$/.test(input) && value <= 100) return value;
  throw new Error('must be a number from 0 to 100');
});

/** The sources that the service follows itself. */
export const FOLLOWER_VARIABLES = {
  FEED_DATABASE_URL: secret(
    sourceUrl({
      default: undefined,
      example: 'postgres://reader:PASSWORD@ehr.example.org:5432/ehr',
      desc: 'Database of an EHR that ROLE=feed follows, and ROLE=all: docs/followers.md. Begins with postgres://, mysql:// or mariadb://; with mssql:// after `npm install mssql`, with oracle:// after `npm install oracledb`. Its user only needs to read.',
    }),
  ),
  FEED_DATABASE_FOLDER: plain(
    str({
      default: '',
      example: '/etc/bulk-data/ehr',
      desc: 'Folder with a statement per type, Type.sql, that gives id, changed_at, deleted and content of what has changed since :since; and Type.ids.sql, that gives every id, for types whose rows are removed without a trace.',
    }),
  ),
  FEED_DATABASE_NAME: plain(
    name({ default: 'ehr-database', desc: 'Name of the feed that FEED_DATABASE_URL is.' }),
  ),
  FEED_DATABASE_OVERLAP_SECONDS: plain(
    seconds({
      default: 300,
      desc: 'By how much readings overlap: a change that is committed so late after its changed_at is still found. Reading something again costs little.',
    }),
  ),
  FEED_DATABASE_CLOCK_SKEW_SECONDS: plain(
    seconds({
      default: 2,
      desc: "By how much the clocks that stamp changed_at may be behind the database's. The watermark stays back by this.",
    }),
  ),
  FEED_DATABASE_WATERMARK: plain(
    str({
      choices: ['transactions', 'overlap'],
      default: 'transactions',
      desc: 'What tells how far the record is contained: transactions (PostgreSQL: up to the oldest that runs; elsewhere as overlap), or overlap (the clock of the database less FEED_DATABASE_OVERLAP_SECONDS).',
    }),
  ),
  FEED_POLL_SECONDS: plain(
    seconds({
      default: 10,
      desc: 'How long the follower of a database rests between two readings. While those fail it rests longer and longer, up to 300 s.',
    }),
  ),
  FEED_BATCH_ROWS: plain(
    positive({ default: 50_000, desc: 'Changes that a follower takes in at once, at most.' }),
  ),
  FEED_COMPARE_SECONDS: plain(
    seconds({
      default: 86_400,
      desc: 'How often a follower compares all ids, which finds what the source has removed without a trace. 0: with each reading.',
    }),
  ),
  FEED_MAX_DELETED_PERCENT: plain(
    percent({
      default: 1,
      desc: 'A comparison that misses more than this share of a type, and more than 100 of it, deletes nothing of that type and says so in the log and in bulk_follower_withheld_deletions. Neither does a list without any id. 100: everything is believed.',
    }),
  ),
} as const;
