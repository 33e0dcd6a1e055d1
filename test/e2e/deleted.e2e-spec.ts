import { ALL_BUCKETS } from '../../src/cohort';
import { ExtractorRegistry } from '../../src/extractors';
import { deletions } from '../../src/extractors/deletions';
import { deletedIn, deletionBundles } from '../support/deletions';
import { download, downloadAll, type Manifest, manifestOf } from '../support/export';
import {
  deleteResource,
  given,
  type GivenApp,
  idsOf,
  startGivenApp,
  to,
} from '../support/given-app';
import { patientLists } from '../support/groups';
import { type Asked, runJob, startJob } from '../support/job';
import type { Given } from '../support/truth';

const goal = (id: string, patient: string, rest: object = {}): Given =>
  given('Goal', id, { subject: to('Patient', patient), ...rest });
const condition = (id: string, patient: string, asserter: string): Given =>
  given('Condition', id, { subject: to('Patient', patient), asserter: to('Patient', asserter) });
const provenance = (id: string, target: string): Given =>
  given('Provenance', id, { target: [{ reference: target }] });

const INPUT: readonly Given[] = [
  ...['m1', 'm2', 'leaving', 'dying', 'outsider'].map((id) => given('Patient', id)),
  goal('goes', 'm1'),
  goal('stays', 'm1'),
  goal('returns', 'm1'),
  goal('moves-within', 'm1'),
  goal('moves-out', 'm2'),
  goal('of-leaving', 'leaving'),
  goal('of-leaving-goes', 'leaving'),
  goal('of-dying', 'dying'),
  goal('of-dying-goes', 'dying'),
  goal('of-outsider-goes', 'outsider'),
  condition('shared-goes', 'outsider', 'm2'),
  condition('shared-no-more', 'outsider', 'm2'),
  given('Encounter', 'e1', {
    subject: to('Patient', 'm1'),
    participant: [{ individual: to('Practitioner', 'linked-goes') }],
  }),
  given('Practitioner', 'linked-goes'),
  given('Practitioner', 'nobody-goes'),
  provenance('of-stays-goes', 'Goal/stays'),
  provenance('of-goes', 'Goal/goes'),
  provenance('of-outsider', 'Goal/of-outsider-goes'),
  provenance('of-dying', 'Goal/of-dying'),
];
/** Those that the tests are about: an export of all types takes its time. */
const TYPES = ['Patient', 'Goal', 'Condition', 'Encounter', 'Practitioner', 'Provenance'] as const;
const ABC: Asked['target'] = { level: 'group', groupId: 'ABC' };

describe('deleted', () => {
  let service: GivenApp;
  let since: string;

  beforeAll(async () => {
    service = await startGivenApp(INPUT, { ABC: ['m1', 'm2', 'leaving', 'dying'] });
    const first = await runJob(service, { types: TYPES, target: ABC });
    since = first.transactionTime;
    await service.load([
      goal('came-and-went', 'm1'),
      goal('moves-within', 'm2'),
      goal('moves-out', 'outsider'),
      condition('shared-no-more', 'outsider', 'outsider'),
    ]);
    for (const [type, id] of [
      ['Goal', 'goes'],
      ['Goal', 'returns'],
      ['Goal', 'came-and-went'],
      ['Goal', 'of-leaving-goes'],
      ['Goal', 'of-dying-goes'],
      ['Goal', 'of-outsider-goes'],
      ['Condition', 'shared-goes'],
      ['Patient', 'dying'],
      ['Practitioner', 'linked-goes'],
      ['Practitioner', 'nobody-goes'],
      ['Provenance', 'of-stays-goes'],
    ] as const) {
      await deleteResource(service, type, id);
    }
    await service.load([goal('returns', 'm1')]);
    await patientLists(service).remove('ABC', ['leaving']);
  });

  afterAll(() => service.close());

  const deletedOf = async (asked: Partial<Asked>): Promise<readonly string[]> => {
    const manifest = await runJob(service, { types: TYPES, target: ABC, since, ...asked });
    return deletedIn(manifest, service.token);
  };

  const OF_GROUP = [
    'Condition/shared-goes',
    'Condition/shared-no-more',
    'Goal/came-and-went',
    'Goal/goes',
    'Goal/moves-out',
    'Goal/of-dying-goes',
    'Patient/dying',
    'Practitioner/linked-goes',
    'Provenance/of-goes',
    'Provenance/of-stays-goes',
  ];

  it('lists what was deleted since, within the group as compartments were at deletion, and what has left its patients; not what left with a patient (PR-15, DE-01, DE-06)', async () => {
    expect(await deletedOf({})).toStrictEqual(OF_GROUP);
  });

  it('lists for all patients what an export of all patients has lost, the rest of deleted patients with them (DE-01)', async () => {
    expect(await deletedOf({ target: { level: 'patient' } })).toStrictEqual([
      'Condition/shared-goes',
      'Goal/came-and-went',
      'Goal/goes',
      'Goal/of-dying',
      'Goal/of-dying-goes',
      'Goal/of-leaving-goes',
      'Goal/of-outsider-goes',
      'Patient/dying',
      'Practitioner/linked-goes',
      'Provenance/of-dying',
      'Provenance/of-goes',
      'Provenance/of-outsider',
      'Provenance/of-stays-goes',
    ]);
  });

  it('lists for the whole system every deletion, and nothing but deletions (KO-01, DE-01)', async () => {
    expect(await deletedOf({ target: { level: 'system' } })).toStrictEqual([
      'Condition/shared-goes',
      'Goal/came-and-went',
      'Goal/goes',
      'Goal/of-dying-goes',
      'Goal/of-leaving-goes',
      'Goal/of-outsider-goes',
      'Patient/dying',
      'Practitioner/linked-goes',
      'Practitioner/nobody-goes',
      'Provenance/of-stays-goes',
    ]);
  });

  it('obeys _type and the patient parameter (DE-06, PR-30, PR-50)', async () => {
    expect(await deletedOf({ types: ['Goal'], patients: ['m2'] })).toStrictEqual([
      'Goal/moves-out',
    ]);
    expect(await deletedOf({ types: ['Patient'] })).toStrictEqual(['Patient/dying']);
  });

  it('ends with _until (DE-06)', async () => {
    const manifest = await runJob(service, { types: TYPES, target: ABC, since, until: since });

    expect(manifest).not.toHaveProperty('deleted');
  });

  it('is not narrowed by _typeFilter (DE-06)', async () => {
    expect(
      await deletedOf({ typeFilters: { Goal: ['lifecycle-status=completed'] } }),
    ).toStrictEqual(OF_GROUP);
  });

  it('never names what is in output, too (DE-03)', async () => {
    const manifest = await runJob(service, { types: TYPES, target: ABC, since });

    const output = await downloadAll(manifest, service.token);
    const deleted = await deletedIn(manifest, service.token);
    expect(idsOf(output.get('Goal'))).toStrictEqual(['moves-within', 'returns']);
    for (const [type, lines] of output) {
      for (const id of idsOf(lines)) expect(deleted).not.toContain(`${type}/${id}`);
    }
  });

  it('is a file of transaction Bundles of DELETE entries, one a line, counted (DE-04, DE-05, MF-15)', async () => {
    const manifest = await runJob(service, { types: TYPES, target: ABC, since });

    expect(manifest.deleted).toMatchObject([
      { type: 'Bundle', count: 1, url: expect.stringMatching(/\/deleted\.1\.ndjson$/) as string },
    ]);
    const [bundle, ...others] = await deletionBundles(manifest, service.token);
    expect(others).toStrictEqual([]);
    expect(bundle).toStrictEqual({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: OF_GROUP.map(
        (url) => expect.objectContaining({ request: { method: 'DELETE', url } }) as object,
      ).map(() => ({ request: { method: 'DELETE', url: expect.any(String) as string } })),
    });
  });

  it('needs a token that covers every type of the export (SEC-04, SEC-07)', async () => {
    const manifest = await runJob(service, { types: TYPES, target: ABC, since });
    const narrow = await service.client.token('system/Goal.rs system/Group.rs');

    await expect(download(manifest.deleted?.[0]?.url ?? '', narrow)).rejects.toThrow('403');
  });

  it('is left out without _since, and when there is nothing (DE-02)', async () => {
    const whole: Manifest = await runJob(service, { types: TYPES, target: ABC });
    const later: Manifest = await runJob(service, {
      types: TYPES,
      target: ABC,
      since: whole.transactionTime,
    });

    expect(whole).not.toHaveProperty('deleted');
    expect(later).not.toHaveProperty('deleted');
  });

  it('fills Bundles of a thousand (DE-04)', async () => {
    await service.dataSource.query(`
      insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id, patient_id)
      select now(), 'infinity', 1, true, 'Observation', 'gone-' || n, 'm1' from generate_series(1, 2500) n`);

    const manifest = await runJob(service, { target: ABC, since, types: ['Observation'] });

    const bundles = await deletionBundles(manifest, service.token);
    expect(bundles.map(({ entry }) => entry.length).sort()).toStrictEqual([1000, 1000, 500]);
    expect(new Set(await deletedIn(manifest, service.token)).size).toBe(2500);
    expect(manifest.deleted?.map(({ count }) => count)).toStrictEqual([3]);
  });

  it('is the same when it is read after what is left of the deleted has changed again (DE-01, MF-03)', async () => {
    const status = await startJob(service, { types: TYPES, target: { level: 'patient' }, since });
    const { transactionTime } = await manifestOf(service, status, service.token);
    await service.load([goal('of-dying', 'm1')]);

    const registry = service.app.get(ExtractorRegistry, { strict: false });
    const scope = {
      cohort: { jobId: status.split('/').at(-1) ?? '', buckets: ALL_BUCKETS },
      plan: {},
      level: 'patient' as const,
      ...{ since, transactionTime, types: TYPES, provenanceOf: TYPES },
    };
    const [row] = await service.dataSource.query<{ line: string }[]>(
      `select line from (${deletions(scope, (type) => registry.get(type))}) lines (line)`,
    );

    expect(row?.line).toContain('"Goal/of-dying"');
    expect(row?.line).toContain('"Provenance/of-dying"');
  });
});

describe('a chain of exports with _since', () => {
  let service: GivenApp;

  afterEach(() => service.close());

  it.each<Asked['target']>([ABC, { level: 'patient' }, { level: 'system' }])(
    'replayed into a copy holds what a whole export holds, whatever was changed, moved and deleted: %j (DE-01, DE-03)',
    async (target) => {
      const world = new World(17);
      service = await startGivenApp(world.begin(), { ABC: ['m0', 'm1', 'm2'] });
      const copy = new Map<string, string>();
      let since: string | undefined;
      for (let step = 0; step < 4; step++) {
        if (step > 0) await world.change(service);
        const manifest = await runJob(service, { types: TYPES, target, since });
        for (const url of await deletedIn(manifest, service.token)) copy.delete(url);
        apply(copy, await downloadAll(manifest, service.token));
        since = manifest.transactionTime;

        const whole = new Map<string, string>();
        apply(
          whole,
          await downloadAll(await runJob(service, { types: TYPES, target }), service.token),
        );
        expect([...copy].sort()).toStrictEqual([...whole].sort());
      }
      expect(copy.size).toBeGreaterThan(5);
    },
  );
});

function apply(copy: Map<string, string>, lines: ReadonlyMap<string, readonly string[]>): void {
  for (const [type, all] of lines) {
    if (type === 'Group') continue;
    for (const line of all) copy.set(`${type}/${(JSON.parse(line) as { id: string }).id}`, line);
  }
}

/** Goals and Conditions of four patients, changed at random. */
class World {
  private readonly exists = new Set<string>();
  private next = 0;

  constructor(private state: number) {}

  begin(): readonly Given[] {
    const patients = ['m0', 'm1', 'm2', 'outsider'].map((id) => given('Patient', id));
    return [...patients, ...Array.from({ length: 24 }, () => this.resource(`r${this.next++}`))];
  }

  /** Deletes, changes, moves, brings back and adds. */
  async change(service: GivenApp): Promise<void> {
    const gone = [...this.exists].filter(() => this.random(4) === 0);
    for (const key of gone) {
      const [type = '', id = ''] = key.split('/');
      await deleteResource(service, type, id);
      this.exists.delete(key);
    }
    const back = gone.filter(() => this.random(3) === 0).map((key) => key.split('/')[1] ?? '');
    const others = [...this.exists].filter(() => this.random(3) === 0);
    const changed = others.map((key) => key.split('/')[1] ?? '');
    const fresh = [`r${this.next++}`, `r${this.next++}`];
    await service.load([...back, ...changed, ...fresh].map((id) => this.resource(id)));
  }

  private resource(id: string): Given {
    const patient = (): string => ['m0', 'm1', 'm2', 'outsider'][this.random(4)] ?? '';
    const made =
      Number(id.slice(1)) % 2 === 0
        ? goal(id, patient(), { description: { text: String(this.random(1e6)) } })
        : condition(id, patient(), patient());
    this.exists.add(`${made.type}/${id}`);
    return made;
  }

  private random(below: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * below);
  }
}
