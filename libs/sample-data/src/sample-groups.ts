import { ageAt, hasDiabetes, type Persona, personaOf } from './persona';
import { samplePatientId } from './sample-ids';
import { checkOptions, type SampleOptions } from './sample-resource';
import { LAST_EVENT } from './text/times';

export interface SampleGroup {
  readonly id: string;
  readonly name: string;
  readonly patientIds: readonly string[];
}

interface Cohort {
  readonly id: string;
  readonly name: string;
  readonly includes: (persona: Persona) => boolean;
}

const COHORTS: readonly Cohort[] = [
  { id: 'INF-101', name: 'Influenza surveillance 101', includes: () => true },
  { id: 'DM-201', name: 'Type 2 diabetes registry', includes: hasDiabetes },
  {
    id: 'PED-301',
    name: 'Children and adolescents',
    includes: (who) => ageAt(who, LAST_EVENT) < 18,
  },
];

/**
 * Groups that suit the sample: everybody, people with diabetes, children. They are proposals; no
 * Group is part of the sample. Memory is one id per member.
 *
 * Fails with a RangeError when the options are not whole numbers in range.
 */
export function sampleGroups(options: SampleOptions): readonly SampleGroup[] {
  checkOptions(options);
  const { seed, patients } = options;
  const members = COHORTS.map((): string[] => []);
  for (let index = 0; index < patients; index += 1) {
    const persona = personaOf(seed, index);
    const id = samplePatientId(seed, index);
    COHORTS.forEach(({ includes }, cohort) => {
      if (includes(persona)) members[cohort]?.push(id);
    });
  }
  return COHORTS.map(({ id, name }, cohort) => ({ id, name, patientIds: members[cohort] ?? [] }));
}
