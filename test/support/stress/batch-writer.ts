import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import type { FeedWriter } from '../../../src/feed';
import { type Committed, keyOf } from './committed';
import type { Random } from './random';

const FEED = 'stress';
const RESOURCES = 6;

/** A change as the EHR has it: its log goes on by a millisecond a batch. */
type Change = Omit<Committed, 'lastUpdated' | 'content'> & { readonly value: number };

/**
 * Is an EHR that sends batches until it is stopped: new and changed resources, moves between patients,
 * deletions and returns. Its resources are its own.
 */
export class BatchWriter {
  readonly log: Committed[] = [];
  /** When each version came to be in the EHR, in the order of the log. */
  readonly times: string[] = [];
  private readonly latest = new Map<string, Change>();
  private batches = 0;
  private stopping = false;

  constructor(
    private readonly writer: FeedWriter,
    private readonly url: string,
    private readonly patients: readonly string[],
    private readonly random: Random,
  ) {}

  /** Batches sent. */
  get transactions(): number {
    return this.batches;
  }

  async run(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'stress-batch-'));
    const file = await open(join(folder, 'batch.ndjson'), 'w+');
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      while (!this.stopping) await this.send(client, file);
    } finally {
      await client.end();
      await file.close();
      await rm(folder, { recursive: true });
    }
  }

  stop(): void {
    this.stopping = true;
  }

  /** The versions that the EHR had at an instant of its own, by `Type/id`. */
  at(sourceTime: string | undefined): ReadonlyMap<string, number> {
    const until = sourceTime ?? '';
    return this.versions((index) => (this.times[index] ?? '') <= until);
  }

  /** The versions that the store had at an instant of its own. */
  storedAt(time: string): ReadonlyMap<string, number> {
    return this.versions((_, { lastUpdated }) => lastUpdated <= time);
  }

  private versions(
    isThere: (index: number, entry: Committed) => boolean,
  ): ReadonlyMap<string, number> {
    const there = this.log.filter((entry, index) => isThere(index, entry));
    return new Map(there.map((entry) => [keyOf(entry), entry.version]));
  }

  private async send(client: Client, file: FileHandle): Promise<void> {
    const changes = Array.from({ length: RESOURCES }, (_, index) => `b-o${index}`)
      .filter(() => this.random.chance(0.6))
      .map((id) => this.change(id));
    const sequence = this.batches + 1;
    const upTo = new Date(Date.UTC(2026, 0, 1) + sequence).toISOString();
    await file.truncate();
    const { bytesWritten } = await file.write(changes.map((one) => `${lineOf(one)}\n`).join(''), 0);
    await this.writer.take({
      ...{ feed: FEED, sequence: BigInt(sequence), upTo },
      file: { descriptor: file.fd, isCompressed: false, bytes: bytesWritten },
    });
    this.batches = sequence;
    const at = await instantOf(client, sequence);
    for (const change of changes) {
      this.log.push({ ...change, lastUpdated: at, content: contentOf(change, at) });
      this.times.push(upTo);
    }
  }

  private change(id: string): Change {
    const before = this.latest.get(id);
    const patient = this.random.of(this.patients);
    const change: Change = {
      ...{ type: 'Observation', id, version: (before?.version ?? 0) + 1 },
      deleted: before !== undefined && !before.deleted && this.random.chance(0.3),
      ...{ patients: [patient], links: [], targets: [], value: (before?.value ?? 0) + 1 },
    };
    this.latest.set(id, change);
    return change;
  }
}

function lineOf(change: Change): string {
  if (!change.deleted) return contentOf({ ...change, version: 99 }, '2001-01-01T00:00:00Z');
  const request = { method: 'DELETE', url: `Observation/${change.id}` };
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [{ request }] });
}

/** As the store has it: with its own version and time. */
function contentOf({ id, version, patients, value }: Change, at: string): string {
  const reference = `{"reference":"Patient/${patients[0] ?? ''}"}`;
  const meta = `{"versionId":"${version}","lastUpdated":"${at}"}`;
  return `{"resourceType":"Observation","id":"${id}","meta":${meta},"subject":${reference},"subjects":[${reference}],"value":${value}.0}`;
}

async function instantOf(client: Client, sequence: number): Promise<string> {
  const { rows } = await client.query<{ at: string }>(
    `select to_char(instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
     from feed.batch where feed = $1 and sequence = $2`,
    [FEED, sequence],
  );
  return rows[0]?.at ?? '';
}
