import { HistoryTrimmer } from '../../src/export-jobs/worker/history-trimmer.service';
import { deletedIn } from '../support/deletions';
import { download, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { runJob, startJob } from '../support/job';
import { writePast } from '../support/past';
import { until } from '../support/until';

const DAY = 86_400_000;
const TYPES = ['Patient', 'Goal'] as const;
const GROUP = { level: 'group', groupId: 'G' } as const;

const daysAgo = (days: number): string => new Date(Date.now() - days * DAY).toISOString();

describe('History that is kept for ten days', () => {
  let service: GivenApp;

  beforeEach(async () => {
    service = await startGivenApp(
      [given('Patient', 'p'), given('Goal', 'g', { subject: to('Patient', 'p') })],
      { G: ['p'] },
      { HISTORY_KEPT_DAYS: '10' },
    );
  });

  afterEach(() => service.close());

  const trim = (): Promise<number> => service.app.get(HistoryTrimmer, { strict: false }).trim();

  /** Versions of g that ended so many days ago, each with a compartment and a target of its own. */
  async function ended(...days: readonly number[]): Promise<void> {
    await writePast(
      service.dataSource,
      `with version as (
         select d, now() - make_interval(days => d) as ended, n from unnest($1::int[]) with ordinality u (d, n)),
       compartments as (
         insert into clinical.compartment (type, id, patient_id, valid_from, valid_to)
         select 'Goal', 'g', 'q', ended - interval '1 day', ended from version),
       targets as (
         insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from, valid_to)
         select 'v', 'Goal', 'g', ended - interval '1 day', ended from version)
       insert into clinical.resource_history
         (last_updated, superseded_at, version, type, id, patient_id, content)
       select ended - interval '1 day', ended, -n, 'Goal', 'g', 'p', '{}' from version`,
      [days],
    );
  }

  /** Days ago at which what is left ended, by relation. */
  async function left(): Promise<Readonly<Record<string, readonly number[]>>> {
    const [row] = await service.dataSource.query<Readonly<Record<string, readonly number[]>>[]>(`
      select (select json_agg(round(extract(epoch from now() - superseded_at) / 86400)::int order by superseded_at)
              from clinical.resource_history where not deleted) as versions,
             (select json_agg(round(extract(epoch from now() - valid_to) / 86400)::int order by valid_to)
              from clinical.compartment where valid_to < 'infinity') as compartments,
             (select json_agg(round(extract(epoch from now() - valid_to) / 86400)::int order by valid_to)
              from clinical.provenance_target where valid_to < 'infinity') as targets`);
    return row ?? {};
  }

  const all = (days: readonly number[]) => ({ versions: days, compartments: days, targets: days });

  async function jobOf(since: string | undefined): Promise<string> {
    const url = await startJob(service, { types: TYPES, target: GROUP, since });
    await manifestOf(service, url, service.token);
    return url.split('/').at(-1) ?? '';
  }

  it('goes once it is older, a day later at the earliest; what has not ended stays', async () => {
    await ended(30, 12, 9);
    await writePast(
      service.dataSource,
      `
      insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id, patient_id)
      values (now() - interval '30 days', 'infinity', 1, true, 'Goal', 'gone', 'p'),
             (now() - interval '30 days', now() - interval '20 days', 1, true, 'Goal', 'back', 'p')`,
    );

    const removed = await trim();

    expect(removed).toBe(7);
    expect(await left()).toStrictEqual(all([9]));
    const tombstones = await service.dataSource.query<{ id: string }[]>(
      'select id from clinical.resource_history where deleted',
    );
    expect(tombstones).toStrictEqual([{ id: 'gone' }]);
    expect(await trim()).toBe(0);
  });

  it.each([
    ['reads as of its transactionTime', 'transaction_time', undefined],
    ['looks for what was deleted after its _since', 'created_at', daysAgo(20)],
  ])(
    'stays while an export %s from before the horizon (MF-03, DE-01)',
    async (_what, column, since) => {
      const id = await jobOf(since);
      await service.dataSource.query(
        `update export.job set state = 'running', progress = 50, ${column} = now() - interval '20 days' where id = $1`,
        [id],
      );
      await ended(30, 19, 15, 9);

      await trim();

      expect(await left()).toStrictEqual(all([19, 15, 9]));
      await service.dataSource.query(
        "update export.job set state = 'completed', progress = 100 where id = $1",
        [id],
      );
      await trim();
      expect(await left()).toStrictEqual(all([9]));
    },
  );

  it('is never read as of an instant up to which it was trimmed: planning is tried again (MF-03)', async () => {
    const setTrimmed = (instant: string): Promise<unknown> =>
      service.dataSource.query(`update clinical.store_clock set trimmed = ${instant}`);
    await setTrimmed("now() + interval '1 hour'");
    const url = await startJob(service, { types: TYPES, target: GROUP });
    const id = url.split('/').at(-1);

    await until('planning was given up', async () => {
      const [job] = await service.dataSource.query<{ state: string; attempts: number }[]>(
        'select state, attempts from export.job where id = $1',
        [id],
      );
      return job?.state === 'accepted' && job.attempts > 0;
    });
    await setTrimmed("'-infinity'");

    const manifest = await manifestOf(service, url, service.token);
    expect(manifest.output.map(({ type }) => type).sort()).toStrictEqual(['Goal', 'Patient']);
  });

  describe('and a _since from before', () => {
    const ask = (query: string, prefer: string): Promise<Response> =>
      fetch(`${service.fhirBase}/Group/G/$export?${query}`, {
        headers: { authorization: `Bearer ${service.token}`, prefer },
      });

    it('is refused, in words that say what is accepted (PR-15, UN-01)', async () => {
      const oldest = service.clock.now().getTime() - 10 * DAY;
      const query = `_since=${new Date(oldest - 1000).toISOString()}`;
      const answer = await ask(query, 'respond-async');

      expect(answer.status).toBe(400);
      const { issue } = (await answer.json()) as {
        issue: readonly { readonly diagnostics: string; readonly expression: readonly string[] }[];
      };
      expect(issue[0]?.expression).toStrictEqual(['_since']);
      expect(issue[0]?.diagnostics).toMatch(
        /what was deleted after it is not known.*Give an instant of these days/,
      );
    });

    it('is answered without deleted, and says so, when the client is lenient (UN-02, UN-03, DE-02)', async () => {
      await writePast(
        service.dataSource,
        `
        insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id, patient_id)
        values (now() - interval '2 days', 'infinity', 1, true, 'Goal', 'gone', 'p')`,
      );
      const answer = await ask(`_since=${daysAgo(20)}`, 'respond-async, handling=lenient');
      const url = answer.headers.get('content-location') ?? '';
      const manifest = await manifestOf(service, url, service.token);

      expect(manifest).not.toHaveProperty('deleted');
      expect(manifest.output.map(({ type }) => type)).toContain('Goal');
      const outcome = await download(manifest.error[0]?.url ?? '', service.token);
      expect(JSON.parse(outcome)).toMatchObject({
        issue: [{ severity: 'warning', expression: ['_since'] }],
      });
      const within = await runJob(service, { types: TYPES, target: GROUP, since: daysAgo(9) });
      expect(await deletedIn(within, service.token)).toStrictEqual(['Goal/gone']);
    });
  });
});
