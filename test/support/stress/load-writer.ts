import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { loadFiles } from '../../../src/feed';
import { type Committed, keyOf } from './committed';
import type { Random } from './random';

/** A version as its source has it. */
interface SourceVersion {
  readonly type: string;
  readonly id: string;
  readonly number: number;
  readonly patient: string;
  readonly line: string;
}

const RESOURCES = 6;
/** Numbers of versions that come later than younger ones. */
const LATE = 3;

/**
 * Loads with `--keep-meta` until it is stopped: versions of years ago, several of a resource in any order, and
 * such as are older than what is stored. Of what it has loaded it notes the latest version, with the time
 * that the store gave it: whatever the text says, that is what exports go by. Its resources are its own.
 */
export class LoadWriter {
  readonly log: Committed[] = [];
  private readonly youngest = new Map<string, SourceVersion>();
  private loads = 0;
  private stopping = false;

  constructor(
    private readonly url: string,
    private readonly patients: readonly string[],
    private readonly random: Random,
  ) {}

  /** Loads done. */
  get transactions(): number {
    return this.loads;
  }

  async run(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'stress-load-'));
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      while (!this.stopping) await this.load(client, folder);
    } finally {
      await client.end();
      await rm(folder, { recursive: true });
    }
  }

  stop(): void {
    this.stopping = true;
  }

  private async load(client: Client, folder: string): Promise<void> {
    const versions = Array.from({ length: RESOURCES }, (_, index) => index)
      .filter(() => this.random.chance(0.6))
      .flatMap((index) => this.next(`k-o${index}`));
    const file = join(folder, 'versions.ndjson');
    await writeFile(file, versions.map(({ line }) => `${line}\n`).join(''));
    const { rejected } = await loadFiles(this.url, [file], {
      keepMeta: true,
      rejectsFile: join(folder, 'rejects'),
    });
    if (rejected > 0) throw new Error(`${rejected} versions were rejected.`);
    await this.note(client);
    this.loads += 1;
  }

  /** Some versions that follow the youngest one, in any order, and perhaps one from before it. */
  private next(id: string): readonly SourceVersion[] {
    const known = this.youngest.get(`Observation/${id}`);
    const from = known?.number ?? 10 * LATE;
    const numbers = Array.from(
      { length: this.random.below(3) + (known ? 0 : 1) },
      (_, step) => from + (step + 1) * LATE,
    );
    if (this.random.chance(0.4)) numbers.push(from - 1 - this.random.below(LATE - 1));
    const versions = numbers.map((number) => this.version(id, number));
    const youngest = versions.filter(({ number }) => number > from).at(-1);
    if (youngest) this.youngest.set(keyOf(youngest), youngest);
    return versions.sort(() => this.random.next() - 0.5);
  }

  private version(id: string, number: number): SourceVersion {
    const patient = this.random.of(this.patients);
    const reference = `{"reference":"Patient/${patient}"}`;
    const lastUpdated = new Date(Date.UTC(2019, 0, 1) + number * 3_600_000).toISOString();
    const meta = `{"versionId":"${number}","lastUpdated":"${lastUpdated}"}`;
    const line = `{"resourceType":"Observation","id":"${id}","meta":${meta},"subject":${reference},"subjects":[${reference}],"value":${number}.0}`;
    return { type: 'Observation', id, number, patient, line };
  }

  /** The store's times of the latest versions, where they are new. */
  private async note(client: Client): Promise<void> {
    const { rows } = await client.query<{ id: string; at: string }>(
      `select id, to_char(last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
       from clinical.resource where type = 'Observation' and id like 'k-%'`,
    );
    const times = new Map(rows.map(({ id, at }) => [id, at]));
    for (const { type, id, number, patient, line } of this.youngest.values()) {
      if (this.log.some((entry) => entry.id === id && entry.version === number)) continue;
      this.log.push({
        ...{ type, id, version: number, lastUpdated: times.get(id) ?? '', deleted: false },
        ...{ patients: [patient], links: [], targets: [], content: line },
      });
    }
  }
}
