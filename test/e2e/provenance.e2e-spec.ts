import {
  deleteResource,
  given,
  type GivenApp,
  idsOf,
  startGivenApp,
  to,
} from '../support/given-app';
import type { Given } from '../support/truth';

const provenance = (id: string, ...targets: readonly string[]): Given =>
  given('Provenance', id, { target: targets.map((reference) => ({ reference })) });

/** Two members and an outsider, and a Provenance of each kind. */
const INPUT: readonly Given[] = [
  given('Patient', 'm1'),
  given('Patient', 'm2'),
  given('Patient', 'outsider'),
  given('Practitioner', 'doctor'),
  given('Goal', 'goal-1', { subject: to('Patient', 'm1') }),
  given('Goal', 'goal-2', { subject: to('Patient', 'm2') }),
  given('Goal', 'goal-o', { subject: to('Patient', 'outsider') }),
  given('Condition', 'condition-1', {
    subject: to('Patient', 'm1'),
    recorder: to('Practitioner', 'doctor'),
  }),
  given('Condition', 'shared', {
    subject: to('Patient', 'outsider'),
    asserter: to('Patient', 'm2'),
  }),
  given('Binary', 'binary-1', { contentType: 'a/b', securityContext: to('Patient', 'm1') }),
  provenance('of-patient', 'Patient/m1'),
  provenance('of-goal', 'Goal/goal-1'),
  provenance('of-condition', 'Condition/condition-1'),
  provenance('of-shared', 'Condition/shared'),
  provenance('of-members', 'Goal/goal-1', 'Goal/goal-2', 'Condition/condition-1'),
  provenance('of-member-and-outsider', 'Goal/goal-o', 'Goal/goal-2'),
  provenance('of-outsider', 'Goal/goal-o', 'Patient/outsider'),
  provenance('of-doctor', 'Practitioner/doctor'),
  provenance('of-binary', 'Binary/binary-1'),
  provenance('of-nothing-here', 'Goal/unknown'),
];
const OF_MEMBERS = [
  'of-condition',
  'of-goal',
  'of-member-and-outsider',
  'of-members',
  'of-patient',
  'of-shared',
];

describe('Provenance', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(INPUT, { ABC: ['m1', 'm2'] });
  });

  afterAll(() => service.close());

  const provenanceOf = async (path: string, token?: string): Promise<readonly string[]> =>
    idsOf((await service.exported(path, token)).get('Provenance'));

  describe('of a group', () => {
    it('“is included by default for those requests that do not specify which resource to include”', async () => {
      expect(await provenanceOf('Group/ABC/$export')).toStrictEqual(OF_MEMBERS);
    });

    it.each([
      ['Goal,Provenance', ['of-goal', 'of-member-and-outsider', 'of-members']],
      ['Condition,Provenance', ['of-condition', 'of-members', 'of-shared']],
      ['Patient,Provenance', ['of-patient']],
      ['Patient,Goal,Condition,Provenance', OF_MEMBERS],
      ['Binary,Provenance', ['of-binary']],
      ['Practitioner,Provenance', []],
    ])(
      '“is included when explicitly listed in the request for a specific resource”: _type=%s',
      async (types, expected) => {
        expect(await provenanceOf(`Group/ABC/$export?_type=${types}`)).toStrictEqual(expected);
      },
    );

    it('of everything that the caller may export goes along when it is asked for alone', async () => {
      expect(await provenanceOf('Group/ABC/$export?_type=Provenance')).toStrictEqual(
        [...OF_MEMBERS, 'of-binary'].sort(),
      );
    });

    it('alone never reaches beyond the token (PM-03)', async () => {
      const token = await service.client.token(
        'system/Group.rs system/Goal.rs system/Provenance.rs',
      );

      expect(await provenanceOf('Group/ABC/$export?_type=Provenance', token)).toStrictEqual([
        'of-goal',
        'of-member-and-outsider',
        'of-members',
      ]);
    });

    it.each(['Goal', 'Patient,Condition', 'Patient,Practitioner'])(
      '“if provenance is not passed as a requested resource, no resources that are included in the request should include provenance”: _type=%s',
      async (types) => {
        const lines = await service.exported(`Group/ABC/$export?_type=${types}`);

        expect([...lines.keys()]).not.toContain('Provenance');
      },
    );

    it('with a target of a member appears once and whole, whoever its other targets belong to', async () => {
      const lines = await service.exported('Group/ABC/$export?_type=Goal,Provenance');

      const texts = INPUT.map(({ line }) => line);
      for (const line of lines.get('Provenance') ?? []) expect(texts).toContain(line);
      expect(idsOf(lines.get('Goal'))).toStrictEqual(['goal-1', 'goal-2']);
    });
  });

  describe('of all patients', () => {
    it('is included by default, whichever patient its target belongs to (PR-67)', async () => {
      expect(await provenanceOf('Patient/$export')).toStrictEqual(
        [...OF_MEMBERS, 'of-outsider'].sort(),
      );
    });

    it.each([
      ['Patient,Observation,Provenance', ['of-outsider', 'of-patient']],
      ['Goal,Provenance', ['of-goal', 'of-member-and-outsider', 'of-members', 'of-outsider']],
      ['Provenance', [...OF_MEMBERS, 'of-binary', 'of-outsider'].sort()],
      ['Patient,Goal', []],
    ])('follows the same rule: _type=%s', async (types, expected) => {
      expect(await provenanceOf(`Patient/$export?_type=${types}`)).toStrictEqual(expected);
    });
  });
});

describe('Provenance of what has changed', () => {
  let service: GivenApp;

  beforeEach(async () => {
    service = await startGivenApp(INPUT, { ABC: ['m1', 'm2'] });
  });

  afterEach(() => service.close());

  const provenanceOf = async (types: string): Promise<readonly string[]> =>
    idsOf((await service.exported(`Group/ABC/$export?_type=${types}`)).get('Provenance'));

  it('stays behind when its only target is deleted', async () => {
    await deleteResource(service, 'Goal', 'goal-1');

    expect(await provenanceOf('Goal,Provenance')).toStrictEqual([
      'of-member-and-outsider',
      'of-members',
    ]);
  });

  it('goes along with a newer version of its target', async () => {
    await service.load([
      given('Goal', 'goal-1', { subject: to('Patient', 'm1'), description: { text: 'newer' } }),
    ]);

    expect(await provenanceOf('Goal,Provenance')).toStrictEqual([
      'of-goal',
      'of-member-and-outsider',
      'of-members',
    ]);
  });

  it('stays behind when its target has become an outsider’s', async () => {
    await service.load([given('Goal', 'goal-1', { subject: to('Patient', 'outsider') })]);

    expect(await provenanceOf('Goal,Provenance')).toStrictEqual([
      'of-member-and-outsider',
      'of-members',
    ]);
  });

  it('stays behind when a newer version of it names other targets', async () => {
    await service.load([provenance('of-goal', 'Goal/goal-o')]);

    expect(await provenanceOf('Goal,Provenance')).toStrictEqual([
      'of-member-and-outsider',
      'of-members',
    ]);
  });

  it('counts targets as they were at transactionTime, when they have changed since', async () => {
    // Written, deleted and given to somebody else after the instant, as a part sees it that runs late.
    await service.dataSource.query(
      `create function export.change_after_planning() returns trigger language plpgsql as $$
       begin
         with gone as (delete from clinical.resource where type = 'Goal' and id = 'goal-1' returning *)
         insert into clinical.resource_history
           (last_updated, superseded_at, version, deleted, type, id, patient_id, content)
         select last_updated, clock_timestamp(), version, false, type, id, patient_id, content from gone;
         update clinical.provenance_target set valid_to = clock_timestamp() where provenance_id = 'of-members';
         return new;
       end $$`,
    );
    await service.dataSource.query(
      `create trigger change_after_planning after update on export.job for each row
       when (new.state = 'running' and old.state = 'planning')
       execute function export.change_after_planning()`,
    );

    expect(await provenanceOf('Goal,Provenance')).toStrictEqual([
      'of-goal',
      'of-member-and-outsider',
      'of-members',
    ]);
  });
});
