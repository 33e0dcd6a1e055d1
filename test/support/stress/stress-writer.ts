import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';

import { type NewVersion, SourceWriter, type WriteClock } from '../source-writer';
import { type Committed, keyOf } from './committed';
import { Random } from './random';

/** How long a transaction stays open, in milliseconds, and how often. */
const PAUSES = [
  { chance: 0.02, milliseconds: 2500 },
  { chance: 0.1, milliseconds: 400 },
];

type Known = ReadonlyMap<string, Committed>;

/**
 * Writes at full speed until it is stopped: inserts, updates, moves between patients, deletions and
 * returns, in short and long transactions, some of them rolled back as a whole or in part. It notes a
 * version in its log only after the commit has succeeded. Its resources are its own.
 */
export class StressWriter {
  readonly log: Committed[] = [];
  transactions = 0;
  private known: Known = new Map();
  private stopping = false;
  private readonly random: Random;
  private readonly writer: SourceWriter;

  private constructor(
    private readonly client: Client,
    private readonly number: number,
    private readonly patients: readonly string[],
    clock: WriteClock,
  ) {
    this.random = new Random(number + 1);
    this.writer = new SourceWriter(client, clock);
  }

  /** @param patients those that the resources of all writers are about */
  static async start(
    url: string,
    number: number,
    patients: readonly string[],
  ): Promise<StressWriter> {
    const client = new Client({ connectionString: url });
    await client.connect();
    const clock = number % 2 === 0 ? 'write_instant' : 'clock_timestamp';
    return new StressWriter(client, number, patients, clock);
  }

  /** Puts every resource there is to write once, in one transaction. */
  async seed(): Promise<void> {
    await this.transaction(async (state, written) => {
      for (const [type, id] of this.resources()) await this.put(state, written, type, id);
      return true;
    });
  }

  async run(): Promise<void> {
    while (!this.stopping) await this.transaction((state, written) => this.mix(state, written));
    await this.client.end();
  }

  stop(): void {
    this.stopping = true;
  }

  /** @param action says whether to commit */
  private async transaction(
    action: (state: Map<string, Committed>, written: Committed[]) => Promise<boolean>,
  ): Promise<void> {
    const state = new Map(this.known);
    const written: Committed[] = [];
    await this.writer.begin();
    const commits = await action(state, written);
    await this.client.query(commits ? 'commit' : 'rollback');
    if (!commits) return;
    this.known = state;
    this.log.push(...written);
    this.transactions += 1;
  }

  private async mix(state: Map<string, Committed>, written: Committed[]): Promise<boolean> {
    const changes = 1 + this.random.below(4);
    for (let change = 0; change < changes; change += 1) await this.change(state, written);
    if (this.random.chance(0.1)) await this.changeInVain(state);
    const pause = PAUSES.find(({ chance }) => this.random.chance(chance));
    if (pause) {
      await delay(pause.milliseconds);
      await this.change(state, written);
    }
    return !this.random.chance(0.15);
  }

  /** Rolls a part of the transaction back. */
  private async changeInVain(state: Map<string, Committed>): Promise<void> {
    await this.client.query('savepoint in_vain');
    await this.change(new Map(state), []);
    await this.client.query('rollback to savepoint in_vain');
  }

  private async change(state: Map<string, Committed>, written: Committed[]): Promise<void> {
    const [type, id] = this.random.of(this.resources());
    const exists = state.get(`${type}/${id}`)?.deleted === false;
    if (exists && this.random.chance(0.25)) await this.remove(state, written, type, id);
    else await this.put(state, written, type, id);
  }

  private async put(
    state: Map<string, Committed>,
    written: Committed[],
    type: string,
    id: string,
  ): Promise<void> {
    const version = (state.get(`${type}/${id}`)?.version ?? 0) + 1;
    const next = this.newVersion(type, id, version);
    let content = '';
    const lastUpdated = await this.writer.put({
      ...next,
      content: (meta) => (content = textOf(next, meta)),
    });
    note(state, written, {
      ...{ type, id, version, lastUpdated, content, deleted: false, patients: next.patients },
      links: next.links ?? [],
      targets: next.targets ?? [],
    });
  }

  private async remove(
    state: Map<string, Committed>,
    written: Committed[],
    type: string,
    id: string,
  ): Promise<void> {
    const before = state.get(`${type}/${id}`);
    if (!before) return;
    const version = before.version + 1;
    const lastUpdated = await this.writer.remove(type, id, version, before.patients[0]);
    const deleted = { ...before, version, lastUpdated, content: '', deleted: true, links: [] };
    note(state, written, deleted);
  }

  private newVersion(type: string, id: string, version: number): Omit<NewVersion, 'content'> {
    const base = { type, id, version, patients: [] };
    const patient = this.random.of(this.patients);
    switch (type) {
      case 'Patient':
        return { ...base, patients: [id] };
      case 'Observation': {
        const other = this.random.of(this.patients);
        const further = this.random.chance(0.3) && other !== patient ? [other] : [];
        return { ...base, patients: [patient, ...further] };
      }
      case 'Encounter':
        return { ...base, patients: [patient], links: [`Practitioner/${this.own('d', 2)}`] };
      case 'Provenance':
        return { ...base, targets: [`Observation/${this.own('o', 8)}`] };
      default:
        return base;
    }
  }

  private own(kind: string, count: number): string {
    return `w${this.number}-${kind}${this.random.below(count)}`;
  }

  private resources(): readonly (readonly [type: string, id: string])[] {
    const some = (type: string, kind: string, count: number) =>
      Array.from(
        { length: count },
        (_, index) => [type, `w${this.number}-${kind}${index}`] as const,
      );
    const patient = this.patients[this.number];
    return [
      ...(patient === undefined ? [] : [['Patient', patient] as const]),
      ...some('Practitioner', 'd', 2),
      ...some('Observation', 'o', 8),
      ...some('Encounter', 'e', 4),
      ...some('Provenance', 'v', 3),
    ];
  }
}

function note(state: Map<string, Committed>, written: Committed[], entry: Committed): void {
  state.set(keyOf(entry), entry);
  written.push(entry);
}

/** Number spellings that would not survive being parsed. */
function textOf(
  { type, id, patients, links = [], targets = [] }: Omit<NewVersion, 'content'>,
  meta: { readonly version: number; readonly lastUpdated: string },
): string {
  const about = (references: readonly string[]): string =>
    references.map((reference) => `{"reference":"${reference}"}`).join(',');
  return `{"resourceType":"${type}","id":"${id}","meta":{"versionId":"${meta.version}","lastUpdated":"${meta.lastUpdated}"},"subjects":[${about(patients.map((one) => `Patient/${one}`))}],"links":[${about(links)}],"target":[${about(targets)}],"value":${meta.version}.0}`;
}
