import { sampleGroups, samplePatientId } from './index';
import { listOf } from './testing/sample-reading';

const SEED = 5;

describe(sampleGroups, () => {
  it('has a surveillance group of all patients', () => {
    const [everybody] = sampleGroups({ seed: SEED, patients: 40 });
    const patientIds = Array.from({ length: 40 }, (_, index) => samplePatientId(SEED, index));

    expect(everybody).toStrictEqual({
      id: 'INF-101',
      name: 'Influenza surveillance 101',
      patientIds,
    });
  });

  it('has a registry of exactly those whose chart says diabetes', () => {
    const diabetes = listOf(SEED, 40).filter(
      ({ type, line }) => type === 'Condition' && line.includes('"44054006"'),
    );
    const registry = sampleGroups({ seed: SEED, patients: 40 }).find(({ id }) => id === 'DM-201');

    expect(diabetes.length).toBeGreaterThan(0);
    expect(registry?.patientIds).toStrictEqual(diabetes.map(({ patientId }) => patientId));
  });

  it('only adds members when there are more patients', () => {
    const few = sampleGroups({ seed: SEED, patients: 40 });
    const many = sampleGroups({ seed: SEED, patients: 200 });

    few.forEach(({ patientIds }, group) => {
      expect(many[group]?.patientIds.slice(0, patientIds.length)).toStrictEqual(patientIds);
    });
  });

  it('refuses a number of patients that is not whole', () => {
    expect(() => sampleGroups({ seed: SEED, patients: 1.5 })).toThrow(RangeError);
  });
});
