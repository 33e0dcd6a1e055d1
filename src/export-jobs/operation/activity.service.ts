import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Parts that run, by worker: how many, and how fast they write on average. */
const WORKERS = `
  select p.worker, count(*)::int as parts,
         sum(p.written_bytes / greatest(1, extract(epoch from service.timer() - p.turn_at)))::float8 as "bytesPerSecond"
  from export.job j join export.part p on p.job_id = j.id
  where j.state = 'running' and p.state = 'running' and p.worker is not null
  group by p.worker order by p.worker limit 200`;

export interface BusyWorker {
  readonly worker: string;
  readonly parts: number;
  readonly bytesPerSecond: number;
}

/** What the workers are at. */
@Injectable()
export class Activity {
  constructor(private readonly dataSource: DataSource) {}

  /** Those that have a part in hand, by name; idle ones leave no trace. */
  workers(): Promise<readonly BusyWorker[]> {
    return this.dataSource.query<BusyWorker[]>(WORKERS);
  }
}
