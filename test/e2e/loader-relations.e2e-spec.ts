import { line, patient, PATIENT_LINKS, TestStore } from '../support/loader';

describe('the loader', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  describe('compartments', () => {
    it('name the first patient in the row and the others beside it', async () => {
      await store.loadLines([
        line('Observation', 'o', {
          performer: [patient('a'), { reference: 'Practitioner/d' }],
          subject: patient('s'),
        }),
        line('Device', 'd', { patient: patient('s') }),
      ]);

      await expect(
        store.rows('select id, patient_id from clinical.resource order by id'),
      ).resolves.toStrictEqual([
        ['d', 's'],
        ['o', 's'],
      ]);
      await expect(
        store.rows(`select c.type, c.id, c.patient_id, c.valid_from = r.last_updated, c.valid_to
            from clinical.compartment c join clinical.resource r using (type, id)`),
      ).resolves.toStrictEqual([['Observation', 'o', 'a', true, Infinity]]);
    });

    it('describe each version for as long as it was the latest', async () => {
      const observation = (...performers: readonly string[]): string =>
        line('Observation', 'o', { subject: patient('s'), performer: performers.map(patient) });
      for (const version of [observation('a', 'b'), observation('b', 'c'), observation()]) {
        await store.loadLines([version]);
      }

      const versions = await store.rows(`
      select v.version, array(
        select c.patient_id from clinical.compartment c
        where c.type = v.type and c.id = v.id and c.valid_from <= v.last_updated and v.last_updated < c.valid_to
        order by 1)
      from (select type, id, version, last_updated from clinical.resource
            union all select type, id, version, last_updated from clinical.resource_history) v
      order by v.version`);
      expect(versions).toStrictEqual([
        ['1', ['a', 'b']],
        ['2', ['b', 'c']],
        ['3', []],
      ]);
    });

    it('follow a reference under the own base, and none under another', async () => {
      const at = (id: string, base: string): string =>
        line('Condition', id, { subject: { reference: `${base}/Patient/p` } });

      await store.loadLines([at('own', 'https://ehr/fhir'), at('other', 'https://other/fhir')], {
        bases: ['https://ehr/fhir'],
      });

      await expect(
        store.rows('select id, patient_id from clinical.resource order by id'),
      ).resolves.toStrictEqual([
        ['other', null],
        ['own', 'p'],
      ]);
    });

    it('of a Provenance are its targets, version by version', async () => {
      for (const targets of [['Patient/p', 'Observation/o'], ['Observation/o']]) {
        await store.loadLines([
          line('Provenance', 'x', { target: targets.map((reference) => ({ reference })) }),
        ]);
      }

      await expect(
        store.rows(
          `select t.target_type, t.target_id, t.valid_to = 'infinity' from clinical.provenance_target t order by 3, 1`,
        ),
      ).resolves.toStrictEqual([
        ['Observation', 'o', false],
        ['Patient', 'p', false],
        ['Observation', 'o', true],
      ]);
    });
  });

  describe('links', () => {
    const encounter = line('Encounter', 'e', {
      subject: patient('p'),
      participant: [{ individual: { reference: 'PractitionerRole/r' } }],
    });
    const role = line('PractitionerRole', 'r', {
      practitioner: { reference: 'Practitioner/d' },
      organization: { reference: 'Organization/a' },
    });
    const organizations = [
      line('Organization', 'a', { partOf: { reference: 'Organization/b' } }),
      line('Organization', 'b', { partOf: { reference: 'Organization/c' } }),
      line('Organization', 'c', { partOf: { reference: 'Organization/a' } }),
    ];
    const reachable = [
      'Organization/a',
      'Organization/b',
      'Organization/c',
      'Practitioner/d',
      'PractitionerRole/r',
    ];

    it.each([
      ['in one load', [[encounter, role, ...organizations]]],
      ['the patient first', [[encounter], [role], ...organizations.map((text) => [text])]],
      ['the patient last', [organizations, [role], [encounter]]],
      ['the middle last', [organizations, [encounter], [role]]],
    ])('hold everything that is reachable, cycles included: %s', async (_, loads) => {
      for (const lines of loads) await store.loadLines(lines);

      await expect(store.rows(PATIENT_LINKS)).resolves.toStrictEqual(
        reachable.map((target) => ['p', target]),
      );
    });

    it('are seen first when the resource is stored that makes them', async () => {
      await store.loadLines([encounter]);
      await store.loadLines([role]);

      await expect(
        store.rows(`select l.target_type, l.first_seen = r.last_updated
            from clinical.patient_link l
            join clinical.resource r on r.id = case l.target_type when 'PractitionerRole' then 'e' else 'r' end
            order by 1`),
      ).resolves.toStrictEqual([
        ['Organization', true],
        ['Practitioner', true],
        ['PractitionerRole', true],
      ]);
    });

    it('lead from every patient of a resource', async () => {
      await store.loadLines([
        line('Observation', 'o', {
          subject: patient('p'),
          performer: [patient('q'), { reference: 'Practitioner/d' }],
        }),
      ]);

      await expect(store.rows(PATIENT_LINKS)).resolves.toStrictEqual([
        ['p', 'Practitioner/d'],
        ['q', 'Practitioner/d'],
      ]);
    });

    it('do not lead through a resource that belongs to a patient', async () => {
      const device = (rest: object): string =>
        line('Device', 'v', { ...rest, owner: { reference: 'Organization/a' } });
      const use = line('DeviceUseStatement', 'u', {
        subject: patient('p'),
        device: { reference: 'Device/v' },
      });

      await store.loadLines([device({ patient: patient('q') }), use]);

      await expect(store.rows(PATIENT_LINKS)).resolves.toStrictEqual([
        ['p', 'Device/v'],
        ['q', 'Organization/a'],
      ]);
    });

    it('no longer lead through a resource once it belongs to a patient', async () => {
      const device = (rest: object): string =>
        line('Device', 'v', { ...rest, owner: { reference: 'Organization/a' } });
      await store.loadLines([device({})]);
      await store.loadLines([device({ patient: patient('q') })]);

      await store.loadLines([
        line('DeviceUseStatement', 'u', {
          subject: patient('p'),
          device: { reference: 'Device/v' },
        }),
      ]);

      await expect(store.rows(PATIENT_LINKS)).resolves.toStrictEqual([
        ['p', 'Device/v'],
        ['q', 'Organization/a'],
      ]);
    });

    it('come from types outside the catalog and from contained resources', async () => {
      await store.loadLines([
        line('Claim', 'c', {
          patient: patient('p'),
          contained: [{ resourceType: 'Coverage', payor: [{ reference: 'Organization/x' }] }],
        }),
        line('DocumentReference', 'd', {
          subject: patient('p'),
          content: [{ attachment: { url: 'Binary/b' } }],
        }),
      ]);

      await expect(store.rows(PATIENT_LINKS)).resolves.toStrictEqual([
        ['p', 'Binary/b'],
        ['p', 'Organization/x'],
      ]);
    });
  });
});
