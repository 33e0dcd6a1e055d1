import type { ResourceType } from '@app/fhir';

import { COHORT_BUCKETS } from '../../src/cohort';
import { type ExportScope, ExtractorRegistry } from '../../src/extractors';
import { type Manifest } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { runJob, scopeOfLast } from '../support/job';
import { writePast } from '../support/past';

const PATIENTS = Array.from({ length: 40 }, (_, n) => `p${String(n).padStart(2, '0')}`);
const TYPES: readonly ResourceType[] = [
  'Patient',
  'Encounter',
  'Observation',
  'Device',
  'Practitioner',
  'Organization',
  'Provenance',
];

const PROVENANCE_OF = TYPES.filter((type) => type !== 'Provenance');

/**
 * Encounters with a Practitioner of one’s own and one whom four share; everybody’s Organization; Devices of
 * some and of nobody; Observations that are in the next patient’s compartment as well; Provenance of two.
 */
const STORE = [
  given('Organization', 'of-all'),
  given('Organization', 'of-nobody'),
  ...PATIENTS.flatMap((p, n) => {
    const next = PATIENTS[(n + 1) % PATIENTS.length] ?? '';
    const four = `of-${Math.floor(n / 4)}`;
    const actors = [p, four].map((id) => ({ individual: to('Practitioner', id) }));
    return [
      given('Patient', p, { managingOrganization: to('Organization', 'of-all') }),
      given('Practitioner', p),
      ...(n % 4 === 0 ? [given('Practitioner', four)] : []),
      given('Device', p, n % 3 === 0 ? { patient: to('Patient', p) } : {}),
      given('Encounter', p, { subject: to('Patient', p), participant: actors }),
      given('Observation', p, {
        subject: to('Patient', p),
        performer: [to('Patient', next)],
        device: to('Device', p),
      }),
      given('Provenance', p, { target: [to('Encounter', p), to('Encounter', next)] }),
      given('Provenance', `of-observation-${p}`, { target: [to('Observation', p)] }),
    ];
  }),
];

const [FIRST = '', SECOND = ''] = PATIENTS;
const GROUPS = { one: [FIRST], half: PATIENTS.filter((_, n) => n % 2 === 0), all: PATIENTS };

describe('how large a cohort is beside the store', () => {
  let service: GivenApp;

  beforeAll(async () => {
    // What was frozen for an export is read after its end: a sweep comes two leases later.
    service = await startGivenApp(STORE, GROUPS, { PART_LEASE_SECONDS: '600' });
    // What was loaded long ago, as far as PostgreSQL’s statistics know.
    await service.dataSource.query('analyze clinical.resource');
  });

  afterAll(() => service.close());

  const run = (groupId: string): Promise<Manifest> =>
    runJob(service, { target: { level: 'group', groupId }, types: TYPES });

  it.each([
    ['one', 1 / 40],
    ['half', 1 / 2],
    ['all', 1],
  ])('is told to the parts (%s)', async (groupId, share) => {
    await run(groupId);

    expect((await scopeOfLast(service, PROVENANCE_OF)).plan.storeShare).toBeCloseTo(share, 3);
  });

  it('leaves few patients with what is theirs, and what they are linked to (PR-67)', async () => {
    await run('one');

    const found = await idsOfEach(service, await scopeOfLast(service, PROVENANCE_OF));

    const last = PATIENTS.at(-1) ?? '';
    expect(found).toStrictEqual({
      Patient: [FIRST],
      Encounter: [FIRST],
      // The last patient’s is in the first one’s compartment, too.
      Observation: [FIRST, last],
      Device: [FIRST],
      Practitioner: ['of-0', FIRST],
      Organization: ['of-all'],
      Provenance: [`of-observation-${FIRST}`, `of-observation-${last}`, FIRST, last].sort(),
    });
  });

  it.each(Object.keys(GROUPS))(
    'changes nothing of what is found (%s), once and since (PR-67)',
    async (groupId) => {
      await run(groupId);
      const whole = await scopeOfLast(service, PROVENANCE_OF);
      const changes = { ...whole, since: '2026-01-01T00:00:00.000000Z' };
      const shares = [
        { from: 0, to: 511 },
        { from: 512, to: COHORT_BUCKETS - 1 },
        whole.cohort.buckets,
      ];

      for (const scope of [whole, changes]) {
        for (const buckets of shares) {
          const asked = { ...scope, cohort: { ...scope.cohort, buckets } };
          const found = await idsOfEach(service, { ...asked, plan: {} });
          for (const storeShare of [0.01, 0.5, 1]) {
            expect(await idsOfEach(service, { ...asked, plan: { storeShare } })).toStrictEqual(
              found,
            );
          }
        }
      }
    },
  );

  it('does not stop at a list’s end when few patients have much', async () => {
    const many = 70_000;
    await writePast(
      service.dataSource,
      `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
       select now() - interval '1 day', 1, 'Observation', 'many-' || n, $2, '', '{}'
       from generate_series(1, $1::int) n`,
      [many, SECOND],
    );
    await writePast(
      service.dataSource,
      `insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from)
       select p.id, 'Observation', 'many-' || n, now() - interval '1 day'
       from (values ($1, 1), ($2, $3::int)) p (id, n)`,
      [PATIENTS[20], PATIENTS[30], many],
    );
    await runJob(service, {
      target: { level: 'group', groupId: 'all' },
      types: TYPES,
      patients: [SECOND],
    });

    const last = await scopeOfLast(service, PROVENANCE_OF);
    const scope = { ...last, plan: { storeShare: 0.01 } };

    const { Provenance: found } = await idsOfEach(service, scope);
    expect(found).toStrictEqual(expect.arrayContaining([PATIENTS[20], PATIENTS[30]]));
  });
});

/** Ids of what a scope gives of each type, as often as it gives them. */
async function idsOfEach(
  { app, dataSource }: GivenApp,
  scope: ExportScope,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const registry = app.get(ExtractorRegistry, { strict: false });
  const found: Record<string, readonly string[]> = {};
  for (const type of TYPES) {
    const select = registry.get(type).select(scope, { columns: 'v.id' });
    const rows = await dataSource.query<{ id: string }[]>(select);
    found[type] = rows.map(({ id }) => id).sort();
  }
  return found;
}
