import { ACUTE_CONDITIONS } from '../codes/conditions';
import { BODY_TEMPERATURE } from '../codes/vital-signs';
import { dateTime, HOUR } from '../text/times';
import { type Chart } from './chart';
import { addIllness } from './conditions';
import { addPatientNote } from './documents';
import { measure, measured, VITAL_SIGNS_CATEGORY } from './observations';
import { addProvenance } from './provenance';
import { type Visit } from './visits';

/**
 * What a mother, a patient herself, has stated about her child: resources in the compartments of
 * both. For every second child, a Provenance about an encounter of the child and about the mother.
 */
export function addMothersWord(chart: Chart, visit: Visit): void {
  if (!chart.persona.hasMother) return;
  const mother = chart.relative;
  const found = chart.random.pick(ACUTE_CONDITIONS);
  const illness = addIllness(chart, visit, { found, asserter: mother });
  const taken = visit.start - 5 * HOUR;
  chart.add('Observation', taken, {
    status: 'final',
    category: VITAL_SIGNS_CATEGORY,
    code: BODY_TEMPERATURE.code,
    subject: chart.subject,
    focus: [illness],
    effectiveDateTime: dateTime(taken),
    performer: [mother],
    ...measured(BODY_TEMPERATURE, measure(BODY_TEMPERATURE, chart.random)),
    note: [
      { authorReference: mother, text: 'Taken at home, "under the arm"\nwith our own thermometer' },
    ],
  });
  addPatientNote(chart, visit, mother);
  if (chart.index % 16 === 5) addProvenance(chart, visit, [visit.encounter, mother]);
}
