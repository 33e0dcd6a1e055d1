import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { sampleResources } from '../../libs/sample-data/src';
import { downloadAll } from '../support/export';
import {
  deleteResource,
  given,
  type GivenApp,
  idsOf,
  startGivenApp,
  to,
} from '../support/given-app';
import { runJob } from '../support/job';
import { exportedLine } from '../support/truth';

const INPUT = [
  ...sampleResources({ seed: 5, patients: 12 }),
  given('Practitioner', 'whom-nobody-names'),
  given('Goal', 'of-an-unknown-patient', { subject: to('Patient', 'unknown') }),
  given('Provenance', 'of-nothing-here', { target: [{ reference: 'Goal/unknown' }] }),
];

describe('an export of the whole system', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(INPUT);
  });

  afterAll(() => service.close());

  it('gives everything, patients’ or not, byte for byte and once (KO-01, PR-67, DT-06)', async () => {
    const types = OFFERED_BY_DEFAULT.filter((type) => type !== 'Group');

    const manifest = await runJob(service, { target: { level: 'system' }, types });

    const lines = [...(await downloadAll(manifest, service.token)).values()].flat();
    expect([...lines].sort()).toStrictEqual(
      INPUT.map((one) => exportedLine(one, service.fhirBase)).sort(),
    );
  });

  it('leaves Binary out unless it is named (DT-05)', async () => {
    const { output } = await runJob(service, { target: { level: 'system' } });

    expect(output.map(({ type }) => type)).not.toContain('Binary');
  });

  it('is complete for a store without patients, too (KO-01)', async () => {
    const without = await startGivenApp([given('Patient', 'gone'), given('Medication', 'm')]);
    try {
      await deleteResource(without, 'Patient', 'gone');

      const manifest = await runJob(without, { target: { level: 'system' } });

      const lines = await downloadAll(manifest, without.token);
      expect(idsOf([...lines.values()].flat())).toStrictEqual(['m']);
    } finally {
      await without.close();
    }
  });

  describe('in many parts', () => {
    it('gives each resource in one of them (KO-01)', async () => {
      const cut = await startGivenApp(INPUT, {}, { EXPORT_PART_TARGET_BYTES: '3000' });
      try {
        const manifest = await runJob(cut, {
          target: { level: 'system' },
          types: ['Goal', 'Provenance', 'Practitioner', 'Observation'],
        });

        const lines = [...(await downloadAll(manifest, cut.token)).values()].flat();
        const [row] = await cut.dataSource.query<{ parts: string }[]>(
          'select count(*) as parts from export.part',
        );
        expect(Number(row?.parts)).toBeGreaterThan(8);
        expect([...lines].sort()).toStrictEqual(
          INPUT.filter(({ type }) =>
            ['Goal', 'Provenance', 'Practitioner', 'Observation'].includes(type),
          )
            .map((one) => exportedLine(one, cut.fhirBase))
            .sort(),
        );
      } finally {
        await cut.close();
      }
    });
  });
});
