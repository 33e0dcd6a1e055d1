import { statfs } from 'node:fs/promises';

import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';

import { SharedReading } from '../../common';
import { type Config, CONFIG } from '../../config';
import { JOB_STATES, type JobState, sqlStates } from '../persistence/job-states';

/** Whose files are removed, or soon will be. */
const GONE: readonly JobState[] = ['cancelled', 'expired'];
const STORED = `
  select coalesce(sum(f.stored_bytes), 0)::float8 as bytes
  from export.job j join export.file f on f.job_id = j.id
  where j.state in ${sqlStates(JOB_STATES.filter((state) => !GONE.includes(state)))}`;

/** The files of a busy service are many, and their sum changes slowly. */
const LOOK_MILLISECONDS = 60_000;

/** How much the files of exports take, and how much of a disk is left for more. */
@Injectable()
export class StorageMetrics {
  private readonly look = new SharedReading(() => this.sum());
  private last: { readonly bytes: number; readonly at: number } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) { storage }: Config,
    metrics: Registry,
  ) {
    const registers = [metrics];
    const { look } = this;
    new Gauge({
      name: 'bulk_stored_bytes',
      help: 'Files of exports that have not expired, in bytes as they are stored.',
      registers,
      async collect() {
        this.reset();
        // Without PostgreSQL this figure is left out, and the others are given.
        const bytes = await look.get().catch(() => undefined);
        if (bytes === undefined) this.remove();
        else this.set(bytes);
      },
    });
    if (storage.driver === 'local') watchDisk(storage.directory, registers);
  }

  private async sum(): Promise<number> {
    if (this.last && performance.now() - this.last.at < LOOK_MILLISECONDS) return this.last.bytes;
    const [{ bytes } = { bytes: 0 }] = await this.dataSource.query<{ bytes: number }[]>(STORED);
    this.last = { bytes, at: performance.now() };
    return bytes;
  }
}

/** An S3 storage has no end that could be asked for. */
function watchDisk(directory: string, registers: Registry[]): void {
  new Gauge({
    name: 'bulk_storage_disk_bytes',
    help: 'The disk of STORAGE_DIRECTORY: its size, and what is free for this service, in bytes.',
    labelNames: ['part'],
    registers,
    async collect() {
      this.reset();
      const disk = await statfs(directory).catch(() => undefined);
      if (!disk) return;
      this.set({ part: 'size' }, disk.blocks * disk.bsize);
      this.set({ part: 'free' }, disk.bavail * disk.bsize);
    },
  });
}
