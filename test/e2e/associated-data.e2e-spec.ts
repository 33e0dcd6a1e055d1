import { downloadAll } from '../support/export';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { type Asked, runJob } from '../support/job';
import type { Given } from '../support/truth';

const OLD = { meta: { lastUpdated: '2024-01-01T00:00:00.000Z' } };
const NEW = { meta: { lastUpdated: '2024-06-01T00:00:00.000Z' } };
const SINCE = '2024-03-01T00:00:00.000Z';

const goal = (id: string, patient: string, rest: object): Given =>
  given('Goal', id, { ...rest, subject: to('Patient', patient) });
const provenance = (id: string, recorded: string | undefined, ...targets: string[]): Given =>
  given('Provenance', id, {
    ...OLD,
    target: targets.map((reference) => ({ reference })),
    ...(recorded === undefined ? {} : { recorded }),
  });

const INPUT: readonly Given[] = [
  given('Patient', 'm1', OLD),
  given('Patient', 'outsider', NEW),
  goal('old', 'm1', OLD),
  goal('new', 'm1', NEW),
  goal('of-outsider', 'outsider', NEW),
  given('Encounter', 'visit', {
    ...OLD,
    subject: to('Patient', 'm1'),
    participant: [{ individual: to('Practitioner', 'doctor') }],
  }),
  given('Practitioner', 'doctor', OLD),
  provenance('old-1', '2020-01-01T00:00:00Z', 'Goal/old'),
  provenance('old-2', '2020-01-01T10:30:00.5+10:00', 'Goal/old'),
  provenance('old-no-date', '2029-02-30', 'Goal/old'),
  provenance('new-1', '2020-02-30T12:00:00Z', 'Goal/new'),
  provenance('new-2', '2021-01-01T00:00:00-05:00', 'Goal/new'),
  provenance('new-undated', undefined, 'Goal/new'),
  provenance('of-both', '2019-01-01T00:00:00Z', 'Goal/new', 'Goal/old'),
  provenance('of-patient', '2019-01-01T00:00:00Z', 'Patient/m1'),
  provenance('of-doctor', '2019-01-01T00:00:00Z', 'Practitioner/doctor'),
  provenance('of-outsider', '2019-01-01T00:00:00Z', 'Goal/of-outsider'),
];

const TYPES = ['Patient', 'Goal', 'Encounter', 'Practitioner', 'Provenance'] as const;

describe('includeAssociatedData', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(INPUT, { ABC: ['m1'] });
  });

  afterAll(() => service.close());

  const given = async (asked: Partial<Asked>): Promise<readonly string[]> => {
    const target = { level: 'group', groupId: 'ABC' } as const;
    const manifest = await runJob(service, { types: TYPES, target, ...asked });
    return idsOf((await downloadAll(manifest, service.token)).get('Provenance'));
  };

  it('Relevant gives all Provenance of what is given, also of resources of nobody (PR-60, PR-62)', async () => {
    expect(await given({ provenance: 'relevant' })).toStrictEqual([
      'new-1',
      'new-2',
      'new-undated',
      'of-both',
      'of-doctor',
      'of-patient',
      'old-1',
      'old-2',
      'old-no-date',
    ]);
  });

  it('Latest gives of each resource the one recorded last, in whichever zone (PR-60, PR-61)', async () => {
    // Half past ten in +10:00 is half past midnight in UTC.
    expect(await given({ provenance: 'latest' })).toStrictEqual([
      'new-2',
      'of-doctor',
      'of-patient',
      'old-2',
    ]);
  });

  it('is about resources within _since and _until, however old the Provenance is (PR-61, PR-62, PM-01)', async () => {
    expect(await given({ provenance: 'relevant', since: SINCE })).toStrictEqual([
      'new-1',
      'new-2',
      'new-undated',
      'of-both',
    ]);
    expect(await given({ provenance: 'latest', since: SINCE })).toStrictEqual(['new-2']);
    expect(await given({ provenance: 'latest', until: SINCE })).toStrictEqual([
      'of-doctor',
      'of-patient',
      'old-2',
    ]);
  });

  it('is about the types that are exported, and no others (PM-01, PM-03)', async () => {
    const types = ['Patient', 'Provenance'] as const;

    expect(await given({ provenance: 'relevant', types, provenanceOf: ['Patient'] })).toStrictEqual(
      ['of-patient'],
    );
    expect(await given({ provenance: 'latest', types, provenanceOf: [] })).toStrictEqual([]);
  });

  it('left out, the default rule holds: Provenance of compartments, changed since (PR-67)', async () => {
    expect(await given({})).not.toContain('of-doctor');
    expect(await given({ since: SINCE })).toStrictEqual([]);
  });

  it('holds for a whole system, too (PR-61, KO-01)', async () => {
    const whole = await runJob(service, {
      types: TYPES,
      target: { level: 'system' },
      provenance: 'latest',
    });

    expect(idsOf((await downloadAll(whole, service.token)).get('Provenance'))).toStrictEqual([
      'new-2',
      'of-doctor',
      'of-outsider',
      'of-patient',
      'old-2',
    ]);
  });
});
