import { Client } from 'pg';

/** How many goals there are at most. */
const GOALS = 12;

/** What the store says of a resource: its state, and null when there is none. */
export type State = string | null;

/**
 * An EHR whose applications write without a rest, in transactions that are short or long, committed or rolled
 * back, with soft and hard deletions; and its log, which knows everything.
 */
export class FollowedEhr {
  private isOver = false;
  private writing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly asked: Client,
    private readonly clients: readonly Client[],
    private readonly random: () => number,
  ) {}

  static async open(url: string, random = Math.random): Promise<FollowedEhr> {
    const [asked, ...clients] = await Promise.all([0, 1, 2].map(() => connect(url)));
    if (!asked) throw new Error('There is a client.');
    await asked.query(`
      create table goal (id text primary key, changed_at timestamptz, deleted boolean default false, content json);
      create index on goal (changed_at);
      create table log (seq bigserial primary key, id text, state text, at timestamptz not null);
      create table stamps (ahead interval);
      insert into stamps values ('0');
      create function stamp() returns timestamptz language sql volatile as
        'select clock_timestamp() + ahead from stamps'`);
    return new FollowedEhr(asked, clients, random);
  }

  async close(): Promise<void> {
    await this.stop();
    await Promise.all([this.asked, ...this.clients].map((client) => client.end()));
  }

  /** The applications write until `stop`, each to resources of its own. */
  start(): void {
    this.isOver = false;
    this.writing = Promise.all(
      this.clients.map(async (client, number) => {
        for (let turn = 0; !this.isOver; turn += 1) await this.write(client, number, turn);
      }),
    );
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.writing;
  }

  /** From now on changes are stamped by clocks that are ahead, or behind. @param ahead such as `1 hour` */
  async jump(ahead: string): Promise<void> {
    await this.asked.query('update stamps set ahead = $1', [ahead]);
  }

  async now(): Promise<Date> {
    const { rows } = await this.asked.query<{ now: Date }>('select clock_timestamp() as now');
    return rows[0]?.now ?? new Date(0);
  }

  /** Goals whose state is one that the log had left by an instant: `upTo` was said, and is not true. */
  async contradictions(
    states: ReadonlyMap<string, State>,
    upTo: string,
  ): Promise<readonly string[]> {
    const { rows } = await this.asked.query<{ id: string; allowed: State[] }>(
      `select id, array_agg(state) filter (where seq >= settled) as allowed
       from (select id, state, seq,
                    coalesce(max(seq) filter (where at <= $1) over (partition by id), 0) as settled
             from log) l
       group by id having max(settled) > 0`,
      [upTo],
    );
    return rows
      .filter(({ id, allowed }) => !allowed.includes(states.get(id) ?? null))
      .map(({ id, allowed }) => `${id}: ${states.get(id) ?? 'none'} of ${allowed.join(', ')}`);
  }

  /** The last states. */
  async ends(): Promise<ReadonlyMap<string, State>> {
    const { rows } = await this.asked.query<{ id: string; state: State }>(
      'select distinct on (id) id, state from log order by id, seq desc',
    );
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  private async write(client: Client, writer: number, turn: number): Promise<void> {
    await client.query('begin');
    for (let left = 1 + Math.floor(this.random() * 3); left > 0; left -= 1) {
      const id = `g${writer + this.clients.length * Math.floor((this.random() * GOALS) / this.clients.length)}`;
      const kind = this.random();
      const state = kind < 0.3 ? null : `${writer}-${turn}-${left}`;
      if (kind < 0.15) await client.query('delete from goal where id = $1', [id]);
      else await client.query(PUT, [id, state]);
      await client.query('insert into log (id, state, at) values ($1, $2, clock_timestamp())', [
        ...[id, state],
      ]);
    }
    await client.query('select pg_sleep($1)', [this.random() * 0.05]);
    await client.query(this.random() < 0.2 ? 'rollback' : 'commit');
  }
}

const PUT = `
  insert into goal (id, changed_at, deleted, content)
  values ($1, stamp(), $2::text is null,
          json_build_object('resourceType', 'Goal', 'id', $1::text, 'status', $2::text))
  on conflict (id) do update set
    changed_at = excluded.changed_at, deleted = excluded.deleted, content = excluded.content`;

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
