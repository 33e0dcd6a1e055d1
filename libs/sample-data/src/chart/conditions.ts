import { type ConditionCode, DIAGNOSIS, PROBLEM } from '../codes/conditions';
import { NOTES } from '../codes/phrases';
import { hl7 } from '../text/datatypes';
import { type Fragment, type Json } from '../text/json-text';
import { date, DAY, dateTime } from '../text/times';
import { type Chart } from './chart';
import { type Visit } from './visits';

const ACTIVE = hl7('condition-clinical', 'active', 'Active');
const RESOLVED = hl7('condition-clinical', 'resolved', 'Resolved');
const CONFIRMED = hl7('condition-ver-status', 'confirmed', 'Confirmed');

/**
 * The patient's lasting conditions, found at the given visit.
 *
 * @returns references to them, in the order of `persona.chronic`.
 */
export function addProblems(chart: Chart, visit: Visit): readonly Fragment[] {
  return chart.persona.chronic.map((condition) =>
    chart.add('Condition', visit.end, {
      clinicalStatus: ACTIVE,
      verificationStatus: CONFIRMED,
      category: PROBLEM,
      code: condition.code,
      subject: chart.subject,
      encounter: visit.encounter,
      onsetDateTime: date(visit.start),
      recordedDate: dateTime(visit.end),
      recorder: visit.clinician.person,
      note: maybeNote(chart, 0.4),
    }),
  );
}

/** The illness that the visit was about; over after one to five weeks. */
export function addDiagnosis(chart: Chart, visit: Visit): void {
  if (!visit.diagnosis) return;
  const { found, id } = visit.diagnosis;
  addIllness(chart, visit, { found, id, asserter: visit.clinician.person });
}

/** An illness as somebody states it: a clinician, the patient or a parent. */
export function addIllness(
  chart: Chart,
  visit: Visit,
  illness: { found: ConditionCode; asserter: Fragment; id?: string },
): Fragment {
  const ends = visit.start + chart.random.int(7, 35) * DAY;
  return chart.add(
    'Condition',
    ends,
    {
      clinicalStatus: RESOLVED,
      verificationStatus: CONFIRMED,
      category: DIAGNOSIS,
      code: illness.found.code,
      subject: chart.subject,
      encounter: visit.encounter,
      onsetDateTime: dateTime(visit.start - DAY),
      abatementDateTime: date(ends),
      recordedDate: dateTime(visit.end),
      recorder: visit.clinician.person,
      asserter: illness.asserter,
      note: maybeNote(chart, 0.5),
    },
    illness.id,
  );
}

/** An Annotation list with one note, in a share of cases. */
export function maybeNote(chart: Chart, share: number): Json {
  const { random } = chart;
  return random.chance(share) ? [{ text: random.pick(NOTES) }] : undefined;
}
