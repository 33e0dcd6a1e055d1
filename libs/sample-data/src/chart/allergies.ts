import { ALLERGENS, REACTIONS } from '../codes/treatments';
import { hl7 } from '../text/datatypes';
import { date, dateTime } from '../text/times';
import { type Chart } from './chart';
import { maybeNote } from './conditions';
import { type Visit } from './visits';

const ACTIVE = hl7('allergyintolerance-clinical', 'active', 'Active');
const CONFIRMED = hl7('allergyintolerance-verification', 'confirmed', 'Confirmed');

/** None for most people, up to three. */
export function addAllergies(chart: Chart, visit: Visit): void {
  const { random } = chart;
  const count = random.chance(0.4) ? random.int(1, 3) : 0;
  for (const allergen of random.some(ALLERGENS, count)) {
    chart.add('AllergyIntolerance', visit.end, {
      clinicalStatus: ACTIVE,
      verificationStatus: CONFIRMED,
      type: 'allergy',
      category: [allergen.category],
      criticality: random.pick(['low', 'high', 'unable-to-assess']),
      code: allergen.code,
      patient: chart.subject,
      encounter: visit.encounter,
      onsetDateTime: date(visit.start).slice(0, 4),
      recordedDate: dateTime(visit.end),
      recorder: visit.clinician.person,
      asserter: random.chance(0.5) ? chart.subject : undefined,
      note: maybeNote(chart, 0.2),
      reaction: [
        {
          manifestation: [random.pick(REACTIONS)],
          severity: random.pick(['mild', 'moderate', 'severe']),
        },
      ],
    });
  }
}
