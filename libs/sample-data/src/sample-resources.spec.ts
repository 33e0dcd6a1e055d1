import { compartmentPaths, isFhirId, parseInstant, OFFERED_BY_DEFAULT } from '@app/fhir';

import { samplePatientId, type SampleResource, sampleResources } from './index';
import { byType, listOf, valuesAt } from './testing/sample-reading';

const SEED = 20_240_501;
const EXPORTED_TYPES = OFFERED_BY_DEFAULT.filter((type) => type !== 'Group');

const MANDATORY: Readonly<Partial<Record<string, readonly string[]>>> = {
  AllergyIntolerance: ['patient.reference', 'code', 'clinicalStatus'],
  Binary: ['contentType', 'data'],
  CarePlan: ['status', 'intent', 'subject.reference'],
  CareTeam: ['subject.reference'],
  Condition: ['subject.reference', 'code', 'clinicalStatus'],
  DiagnosticReport: ['status', 'code', 'result.reference'],
  DocumentReference: ['status', 'content.attachment.contentType'],
  Encounter: ['status', 'class.code'],
  Goal: ['lifecycleStatus', 'description.text', 'subject.reference'],
  Immunization: ['status', 'vaccineCode', 'patient.reference', 'occurrenceDateTime'],
  MedicationAdministration: ['status', 'subject.reference', 'effectiveDateTime'],
  MedicationRequest: ['status', 'intent', 'subject.reference'],
  MedicationStatement: ['status', 'subject.reference'],
  Observation: ['status', 'code'],
  Procedure: ['status', 'subject.reference'],
  Provenance: ['target.reference', 'recorded', 'agent.who.reference'],
  RelatedPerson: ['patient.reference'],
};

describe(sampleResources, () => {
  let sample: readonly SampleResource[];

  beforeAll(() => {
    sample = listOf(SEED, 50);
  });

  it('gives the same resources for the same seed', () => {
    expect(listOf(SEED, 3)).toStrictEqual(listOf(SEED, 3));
  });

  it('gives other ids and other people for another seed', () => {
    const ids = new Set(sample.map(({ id }) => id));
    const others = listOf(SEED + 1, 3);

    expect(others.filter(({ id }) => ids.has(id))).toStrictEqual([]);
  });

  it('begins with the same resources however many patients follow', () => {
    const few = listOf(SEED, 16);

    expect(sample.slice(0, few.length)).toStrictEqual(few);
  });

  it('starts at once even when a billion patients are asked for', () => {
    const resources = sampleResources({ seed: SEED, patients: 1_000_000_000 });

    expect(resources.next().value).toStrictEqual(sample[0]);
  });

  it.each([{ seed: -1 }, { seed: 0.5 }, { patients: -1 }, { patients: Number.NaN }])(
    'refuses options out of range: %p',
    (wrong) => {
      const resources = sampleResources({ seed: 1, patients: 1, ...wrong });

      expect(() => resources.next()).toThrow(RangeError);
    },
  );

  it('puts what patients share before the first chart, and each chart in one piece', () => {
    const owners = sample.map(({ patientId }) => patientId);
    const changes = owners.filter((owner, index) => index === 0 || owner !== owners[index - 1]);
    const patients = Array.from({ length: 50 }, (_, index) => samplePatientId(SEED, index));

    expect(changes).toStrictEqual([null, ...patients]);
  });

  it.each(EXPORTED_TYPES)('covers %s, with its mandatory elements', (type) => {
    const resources = byType(sample, type);
    const required = ['resourceType', 'id', ...(MANDATORY[type] ?? [])];
    const incomplete = resources.filter((resource) =>
      required.some((path) => valuesAt(resource, path).length === 0),
    );

    expect(resources.length).toBeGreaterThan(0);
    expect(incomplete).toStrictEqual([]);
  });

  it('leaves Group to others', () => {
    expect(byType(sample, 'Group')).toStrictEqual([]);
  });

  it('writes each resource on one line that says the type and id which it announces', () => {
    const wrong = sample.filter(({ line, type, id }) => {
      const parsed: unknown = JSON.parse(line);
      return (
        /[\n\r]/.test(line) ||
        valuesAt(parsed, 'resourceType')[0] !== type ||
        valuesAt(parsed, 'id')[0] !== id
      );
    });

    expect(wrong).toStrictEqual([]);
  });

  it('gives valid ids, none twice', () => {
    const ids = sample.map(({ id }) => id);

    expect(ids.filter((id) => !isFhirId(id))).toStrictEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refers only to resources of the set', () => {
    const known = new Set(sample.map(({ type, id }) => `${type}/${id}`));
    const references = sample.flatMap(({ line }) =>
      [...line.matchAll(/"(?:reference|url)":"([A-Z]\w+\/[^"]+)"/g)].map(([, target]) => target),
    );

    expect(references.length).toBeGreaterThan(sample.length);
    expect(references.filter((target = '') => !known.has(target))).toStrictEqual([]);
  });

  it('names as patient the one whose compartment the resource is in first of all', () => {
    const wrong = sample.filter(({ type, patientId, line }) => {
      const [path] = compartmentPaths(type);
      if (path === undefined) return false;
      const [owner] = valuesAt(JSON.parse(line), `${path}.reference`);
      return owner !== (patientId === null ? undefined : `Patient/${patientId}`);
    });

    expect(wrong).toStrictEqual([]);
  });

  it('has every resource updated between 2010 and 2024', () => {
    const updates = sample.flatMap(({ line }) => valuesAt(JSON.parse(line), 'meta.lastUpdated'));
    const first = parseInstant('2010-01-01T00:00:00Z') ?? 0n;
    const last = parseInstant('2025-01-01T00:00:00Z') ?? 0n;
    const outside = updates.filter((text) => {
      const instant = parseInstant(String(text));
      return instant === undefined || instant < first || instant >= last;
    });

    expect(updates.length).toBeGreaterThan(sample.length / 2);
    expect(outside).toStrictEqual([]);
  });

  it('lists the encounters of a patient in order of time', () => {
    const disorder = sample.filter(({ type, patientId }, index) => {
      if (type !== 'Encounter') return false;
      const earlier = sample
        .slice(0, index)
        .findLast((other) => other.type === 'Encounter' && other.patientId === patientId);
      return earlier !== undefined && startOf(earlier) > startOf(sample[index]);
    });

    expect(disorder).toStrictEqual([]);
  });

  it('varies from a few resources a patient to hundreds, 50 to 90 in the mean', () => {
    const sizes = new Map<string | null, number>();
    for (const { patientId } of sample) sizes.set(patientId, (sizes.get(patientId) ?? 0) + 1);
    sizes.delete(null);
    const counts = [...sizes.values()];
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;

    expect(Math.min(...counts)).toBeLessThan(25);
    expect(Math.max(...counts)).toBeGreaterThan(180);
    expect(Math.abs(mean - 70)).toBeLessThan(20);
  });
});

function startOf(encounter: SampleResource | undefined): string {
  return String(valuesAt(JSON.parse(encounter?.line ?? '{}'), 'period.start')[0]);
}
