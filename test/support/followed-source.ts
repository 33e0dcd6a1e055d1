import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry } from 'prom-client';

import { readConfig } from '../../src/config';
import { FollowerModule } from '../../src/follower.module';
import { TestStore } from './loader';
import { until } from './until';

/** The service's own side of a follower: a store, and processes that follow a source. */
export class Followed {
  private readonly processes: INestApplicationContext[] = [];

  private constructor(
    readonly store: TestStore,
    readonly folder: string,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  /** @param settings of the source; those that a test waits for are short unless they are given */
  static async open(settings: Readonly<Record<string, string>>): Promise<Followed> {
    const folder = await mkdtemp(join(tmpdir(), 'followed-'));
    return new Followed(await TestStore.open(), folder, {
      FEED_DATABASE_FOLDER: folder,
      FEED_DATABASE_OVERLAP_SECONDS: '5',
      FEED_DATABASE_CLOCK_SKEW_SECONDS: '0',
      FEED_POLL_SECONDS: '0',
      ...settings,
    });
  }

  /** The environment of a process that follows. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ...{
        ROLE: 'feed',
        EMBEDDED: 'true',
        PUBLIC_URL: 'http://127.0.0.1',
        LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      },
      ...{ DATABASE_URL: this.store.url, REDIS_URL: process.env['TEST_REDIS_URL'] ?? '' },
      ...{ STORAGE_DIRECTORY: this.folder, ...this.settings },
    };
  }

  async close(): Promise<void> {
    await this.stop();
    await this.store.close();
    await rm(this.folder, { recursive: true });
  }

  /** Writes a statement of the folder. */
  async statement(file: string, sql: string): Promise<void> {
    await writeFile(join(this.folder, file), sql);
  }

  /** Starts to follow. */
  async start(overrides: Readonly<Record<string, string>> = {}): Promise<void> {
    const config = readConfig({ ...this.environment, ...overrides });
    const module = FollowerModule.forRoot(config);
    const application = await NestFactory.createApplicationContext(module, {
      ...{ abortOnError: false, logger: false },
    });
    this.processes.push(application);
  }

  async stop(): Promise<void> {
    for (const application of this.processes.splice(0)) await application.close();
  }

  /** A metric of the process that was started last, by the beginning of its line. */
  async metric(beginning: string): Promise<number | undefined> {
    const text = (await this.processes.at(-1)?.get(Registry).metrics()) ?? '';
    const line = text.split('\n').find((one) => one.startsWith(beginning));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }

  async watermark(): Promise<Date | undefined> {
    const [row] = await this.store.rows('select up_to from feed.feed');
    return (row?.[0] as Date | null) ?? undefined;
  }

  /** Waits until the record is contained up to an instant of the source. */
  async contains(instant: Date): Promise<void> {
    await until('the record is contained', async () => ((await this.watermark()) ?? 0) > instant);
  }

  /** Type and id, version and a member of each resource. */
  current(member = 'status'): Promise<readonly unknown[][]> {
    return this.store.rows(
      `select type || '/' || id, version::int, content::json ->> '${member}'
       from clinical.resource order by type, id`,
    );
  }
}
