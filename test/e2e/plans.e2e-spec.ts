import { Client } from 'pg';

import type { ResourceType } from '@app/fhir';

import { ALL_BUCKETS } from '../../src/cohort';
import { Extraction, ExtractorRegistry, PLANS_OF_FEW } from '../../src/extractors';
import { chooseMembers, WITHOUT_GUESSES } from '../../src/packed-segments/choose-members';
import { waitingForLocks } from '../support/database';
import { manifestOf } from '../support/export';
import { type GivenApp, startGivenApp } from '../support/given-app';
import { runJob, scopeOfLast, startJob } from '../support/job';
import { writePast } from '../support/past';
import { until } from '../support/until';

const PATIENTS = 5000;
const PROVENANCE_OF = ['Patient', 'Observation'] as const;
const TYPES = ['Patient', 'Observation', 'Provenance', 'Organization'] as const;

/** A node of `explain (format json)`. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Schema?: string;
  readonly 'Parent Relationship'?: string;
  readonly 'Subplan Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

describe('what PostgreSQL does for an export', () => {
  let service: GivenApp;

  beforeAll(async () => {
    const few = Array.from({ length: 50 }, (_, n) => `p${String(n * 100).padStart(5, '0')}`);
    service = await startGivenApp([], { one: ['p00007'], few });
    await fill(service);
  });

  afterAll(() => service.close());

  it.each(['one', 'few'])(
    'reads what the members of a small group (%s) have, not the store',
    async (groupId) => {
      await runJob(service, { target: { level: 'group', groupId }, types: TYPES });

      for (const type of TYPES) {
        const read = nodes(await planOf(service, type)).filter(isScanOf('Seq Scan'));
        expect(read).toStrictEqual([]);
      }
    },
  );

  it('reads what the members of a small group have, however much has been superseded since', async () => {
    await runJob(service, { target: { level: 'group', groupId: 'few' }, types: TYPES });
    await writePast(
      service.dataSource,
      `insert into clinical.resource_history
         (last_updated, superseded_at, version, type, id, patient_id, content)
       select last_updated, now(), 2, type, id, patient_id, content
       from clinical.resource where type = 'Observation'`,
    );
    await service.dataSource.query('vacuum analyze clinical.resource_history');

    for (const type of TYPES) {
      const read = nodes(await planOf(service, type)).filter(isScanOf('Seq Scan'));
      expect(read).toStrictEqual([]);
    }
  });

  it('counts what few members have by plans that sessions keep for other exports, without reading the store', async () => {
    await runJob(service, { target: { level: 'group', groupId: 'few' }, types: TYPES });

    const kept = await Promise.all(Array.from({ length: 20 }, () => keptCounts(service)));

    expect(Math.max(...kept)).toBeGreaterThanOrEqual(TYPES.length - 1);
    for (const type of ['Patient', 'Observation', 'Organization'] as const) {
      const plan = await keptPlanOf(service, type);
      expect(JSON.stringify(plan)).toContain('(m.job_id = $1)');
      expect(nodes(plan).filter(isScanOf('Seq Scan'))).toStrictEqual([]);
    }
  });

  it('asks the index what few members are linked to, not who is linked to what they are', async () => {
    await runJob(service, { target: { level: 'group', groupId: 'few' }, types: TYPES });

    const plan = nodes(await planOf(service, 'Organization'));

    const links = plan.filter((node) => node['Relation Name'] === 'patient_link');
    expect(new Set(links.map((node) => node['Index Name']))).toStrictEqual(
      new Set(['patient_link_pkey']),
    );
    expect(links.filter((node) => node['Node Type'] !== 'Index Only Scan')).toStrictEqual([]);
  });

  it('looks for one member behind each Provenance where nearly all are, instead of joining all targets', async () => {
    await runJob(service, { target: { level: 'patient' }, types: TYPES });

    const plan = nodes(await planOf(service, 'Provenance'));

    const targets = plan.filter((node) => node['Relation Name'] === 'provenance_target');
    expect(targets.map((node) => node['Index Name'])).toContain('provenance_target_pkey');
    expect(targets.filter(isScanOf('Seq Scan'))).toStrictEqual([]);
    expect(plan.map((node) => node['Node Type'])).not.toContain('Sort');
  });

  it('reads the store from end to end for a large cohort, not patient by patient', async () => {
    await runJob(service, { target: { level: 'patient' }, types: TYPES });

    for (const type of ['Patient', 'Observation', 'Provenance'] as const) {
      const read = nodes(await planOf(service, type)).filter(isScanOf('Seq Scan'));
      expect(read.map((node) => node['Relation Name'])).toContain(`resource_${type.toLowerCase()}`);
    }
  });

  describe('while somebody else works on what PostgreSQL knows of cohorts', () => {
    let other: Client;

    beforeEach(async () => {
      other = new Client({ connectionString: service.environment['DATABASE_URL'] });
      await other.connect();
      // As autovacuum does, which gives way to whoever waits for it.
      await other.query('begin; lock table export.cohort_member in share update exclusive mode');
    });

    afterEach(() => other.end());

    it('waits for a large cohort to become known before its parts start', async () => {
      const url = await startJob(service, { target: { level: 'patient' }, types: TYPES });
      await until(
        'planning waits',
        async () => (await waitingForLocks(service.dataSource, 'analyze%')) > 0,
      );

      await other.query('rollback');
      await manifestOf(service, url, service.token);

      expect(await knows(service, url)).toBe(true);
    });

    it('goes on without when that takes too long', async () => {
      const url = await startJob(service, { target: { level: 'patient' }, types: TYPES });

      // Who polls here moves the clock on, and planning would lose its lease meanwhile.
      await until('the export is planned', () => isPlanned(service, url));
      await manifestOf(service, url, service.token);

      expect(await knows(service, url)).toBe(false);
      const indexes = nodes(await planOf(service, 'Provenance')).map((node) => node['Index Name']);
      expect(indexes).toContain('cohort_member_pkey');
      expect(indexes).not.toContain('cohort_member_slot');
    });
  });

  it('reads for a part of a large cohort that part’s patients, not the store', async () => {
    await runJob(service, { target: { level: 'patient' }, types: TYPES });

    const plan = await planOf(service, 'Observation', { from: 0, to: 49 });

    expect(nodes(plan).filter(isScanOf('Seq Scan'))).toStrictEqual([]);
  });

  it.each(['Observation', 'Provenance'] as const)(
    'does not compare every patient with every other to choose members of %s of which it knows nothing',
    async (type) => {
      await runJob(service, { target: { level: 'patient' }, types: TYPES });
      const scope = await scopeOfLast(service, PROVENANCE_OF);

      const plan = await service.dataSource.transaction(async (manager) => {
        await manager.query(WITHOUT_GUESSES.begin);
        const sql = chooseMembers(type, scope, { form: 'new', maxLines: 1000 });
        const explained = await manager.query<Explained>(`explain (format json, verbose) ${sql}`);
        return explained[0]['QUERY PLAN'][0].Plan;
      });

      // Segments are few: each is compared with the notes about everybody.
      const loops = nodes(plan).filter(
        (node) => node['Node Type'] === 'Nested Loop' && node['Subplan Name'] !== 'CTE segment',
      );
      const repeated = loops.map(({ Plans = [] }) => Plans.find(isInner)?.['Node Type']);
      // By the index, segment by segment: cohort, members, and what says whose the tables are.
      const allowed = ['Index Scan', 'Index Only Scan', 'Bitmap Heap Scan', 'Result'];
      expect(repeated).toContain('Index Only Scan');
      expect(repeated.filter((kind) => !allowed.includes(kind ?? ''))).toStrictEqual([]);
    },
  );
});

async function isPlanned({ dataSource }: GivenApp, url: string): Promise<boolean> {
  const planned = await dataSource.query<unknown[]>(
    'select from export.job where id = $1 and planned_at is not null',
    [url.slice(url.lastIndexOf('/') + 1)],
  );
  return planned.length > 0;
}

/** Whether PostgreSQL knows how large the cohort of an export is. */
async function knows({ dataSource }: GivenApp, url: string): Promise<boolean> {
  const [row] = await dataSource.query<[{ known: boolean | null }]>(
    `select $1 = any (most_common_vals::text::text[]) as known from pg_stats
     where schemaname = 'export' and tablename = 'cohort_member' and attname = 'job_id'`,
    [url.slice(url.lastIndexOf('/') + 1)],
  );
  return row.known ?? false;
}

/**
 * Patients with 20 Observations each, a Provenance for every tenth of them, and as many Practitioners; all
 * of one Organization, which is so unlike the Practitioners that PostgreSQL takes it for few patients’.
 */
async function fill({ dataSource }: GivenApp): Promise<void> {
  const insert = (type: string, id: string, owner: string, from: string): string => `
    insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
    select now() - interval '1 day', 1, '${type}', ${id}, ${owner}, '',
           json_build_object('resourceType', '${type}', 'id', ${id}, 'note', repeat('x', 300))
    from ${from}`;
  const patients = `(select 'p' || lpad(n::text, 5, '0') as p from generate_series(0, ${PATIENTS - 1}) n) p`;
  const observations = `(select p, p || '-' || k as id, k from ${patients}, generate_series(1, 20) k) o`;
  await dataSource.query(insert('Patient', 'p', 'p', patients));
  await dataSource.query(insert('Observation', 'id', 'p', observations));
  const some = `${observations} where k % 10 = 1`;
  await dataSource.query(insert('Provenance', `'of-' || id`, 'null', some));
  await dataSource.query(`
    insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from)
    select 'of-' || id, 'Observation', id, now() - interval '1 day' from ${some}`);
  await dataSource.query(insert('Organization', `'of-all'`, 'null', '(values (1)) o'));
  await dataSource.query(`
    insert into clinical.patient_link (patient_id, target_type, target_id, first_seen)
    select p, 'Organization', 'of-all', now() - interval '1 day' from ${patients}
    union all
    select p, 'Practitioner', id, now() - interval '1 day' from ${observations}`);
  await dataSource.query('vacuum analyze clinical.resource');
  await dataSource.query('vacuum analyze clinical.patient_link');
  await dataSource.query('analyze clinical.provenance_target');
}

/** The plan of what the last export asks of a type. */
async function planOf(
  service: GivenApp,
  type: ResourceType,
  buckets = ALL_BUCKETS,
): Promise<PlanNode> {
  const last = await scopeOfLast(service, PROVENANCE_OF);
  const scope = { ...last, cohort: { ...last.cohort, buckets } };
  const select = service.app.get(ExtractorRegistry, { strict: false }).get(type).select(scope);
  const [row] = await service.dataSource.query<Explained>(
    `explain (format json, verbose) ${select}`,
  );
  return row['QUERY PLAN'][0].Plan;
}

/** Counts whose plans the session has that the pool lends. It sleeps so that each is lent another one. */
async function keptCounts({ dataSource }: GivenApp): Promise<number> {
  const [row] = await dataSource.query<{ kept: number }[]>(
    `select count(*)::int as kept from pg_prepared_statements, pg_sleep(0.2)
     where name like 'count-%' and generic_plans > 0`,
  );
  return row?.kept ?? 0;
}

/** The plan by which the last export was counted. */
async function keptPlanOf(service: GivenApp, type: ResourceType): Promise<PlanNode> {
  const scope = await scopeOfLast(service, PROVENANCE_OF);
  const extraction = service.app.get(Extraction, { strict: false });
  const { text, values } = extraction.counted(type, scope).reusable ?? { text: '', values: [] };
  const [job = '', at = ''] = values;
  return service.dataSource.transaction(async (manager) => {
    await manager.query(PLANS_OF_FEW);
    await manager.query(`prepare counted as ${text}`);
    const [row] = await manager.query<Explained>(
      `explain (format json, verbose) execute counted ('${job}', '${at}')`,
    );
    await manager.query('deallocate counted');
    return row['QUERY PLAN'][0].Plan;
  });
}

type Explained = [{ 'QUERY PLAN': [{ Plan: PlanNode }] }];

function nodes(plan: PlanNode): readonly PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)];
}

/** What a join repeats; what is asked once, before all, stands among the plans of a node too. */
function isInner(node: PlanNode): boolean {
  return node['Parent Relationship'] === 'Inner';
}

/** Of the large tables: the rest is read as PostgreSQL likes. */
function isScanOf(kind: string): (node: PlanNode) => boolean {
  return (node) =>
    node['Node Type'] === kind &&
    node.Schema === 'clinical' &&
    /^(resource_(patient|observation|provenance)|provenance_target)$/.test(
      node['Relation Name'] ?? '',
    );
}
