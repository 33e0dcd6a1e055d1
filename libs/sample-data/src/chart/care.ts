import { GLYCEMIC_CONTROL } from '../codes/laboratory';
import { BODY_WEIGHT } from '../codes/vital-signs';
import { hasDiabetes } from '../persona';
import { coding, concept, hl7, narrative, period, quantity, snomed } from '../text/datatypes';
import { decimal, type Fragment, type JsonObject } from '../text/json-text';
import { date, DAY, YEAR } from '../text/times';
import { type Chart } from './chart';
import { maybeNote } from './conditions';
import { type Visit } from './visits';

const ASSESS_PLAN = concept(
  'Assessment and plan',
  coding('http://hl7.org/fhir/us/core/CodeSystem/careplan-category', 'assess-plan'),
);
const DOCTOR = [snomed('309343006', 'Physician')];
const PROVIDER = [snomed('224891009', 'Healthcare services')];
const PATIENT = [snomed('116154003', 'Patient')];
const CAREGIVER = [snomed('133932002', 'Caregiver')];
const IN_PROGRESS = hl7('goal-achievement', 'in-progress', 'In Progress');
const ACTIVITIES = [
  snomed('229065009', 'Exercise therapy'),
  snomed('226234005', 'Healthy diet'),
  snomed('160670007', 'Diabetic diet'),
];

/** Who looks after the patient: a person, a role, an organization, the family, the patient too. */
export function addCareTeam(chart: Chart, visit: Visit, relatives: readonly Fragment[]): Fragment {
  const { clinician, site } = visit;
  const colleague = chart.random.pick(site.clinicians);
  return chart.add('CareTeam', visit.end, {
    status: 'active',
    name: `Care team of ${site.organizationName}`,
    subject: chart.subject,
    encounter: visit.encounter,
    period: period(visit.start),
    participant: [
      { role: DOCTOR, member: clinician.person, onBehalfOf: site.organization },
      { role: DOCTOR, member: colleague.role },
      { role: PROVIDER, member: site.organization },
      { role: PATIENT, member: chart.subject },
      ...relatives.map((member) => ({ role: CAREGIVER, member })),
    ],
    managingOrganization: [site.organization],
  });
}

/** A plan for the patient's conditions, with the goals that it works towards. */
export function addCarePlan(
  chart: Chart,
  visit: Visit,
  care: { problems: readonly Fragment[]; team: Fragment },
): void {
  const { random } = chart;
  const goals = addGoals(chart, visit, care.problems);
  chart.add('CarePlan', visit.end, {
    text: narrative('Stay active, eat well, take the medication & come back for check-ups.'),
    status: 'active',
    intent: 'plan',
    category: [ASSESS_PLAN],
    title: 'Healthy living plan',
    subject: chart.subject,
    encounter: visit.encounter,
    period: period(visit.start, visit.start + YEAR),
    author: visit.clinician.person,
    careTeam: [care.team],
    addresses: care.problems.length > 0 ? care.problems : undefined,
    goal: goals,
    activity: random.some(ACTIVITIES, 2).map((code) => ({
      detail: { code, status: 'in-progress', location: visit.room, performer: [chart.subject] },
    })),
    note: maybeNote(chart, 0.5),
  });
}

function addGoals(chart: Chart, visit: Visit, addresses: readonly Fragment[]): Fragment[] {
  const weight = chart.random.between(BODY_WEIGHT.low, BODY_WEIGHT.high);
  const goals = [
    goal('Reach and keep a healthy weight', BODY_WEIGHT.code, quantity(decimal(weight, 2), 'kg')),
  ];
  if (hasDiabetes(chart.persona)) {
    goals.push(
      goal('Hemoglobin A1c below 7 %', GLYCEMIC_CONTROL.code, quantity(decimal(7, 1), '%')),
    );
  }
  return goals.map(({ text, target }) =>
    chart.add('Goal', visit.end, {
      lifecycleStatus: 'active',
      achievementStatus: IN_PROGRESS,
      description: { text },
      subject: chart.subject,
      startDate: date(visit.start),
      target: [{ ...target, dueDate: date(visit.start + 180 * DAY) }],
      expressedBy: visit.clinician.person,
      addresses: addresses.length > 0 ? addresses : undefined,
    }),
  );
}

function goal(
  text: string,
  measure: Fragment,
  detailQuantity: Fragment,
): { readonly text: string; readonly target: JsonObject } {
  return { text, target: { measure, detailQuantity } };
}
