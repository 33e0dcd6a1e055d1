import { ageAt } from '../persona';
import { type SampleResource } from '../sample-resource';
import { type Fragment } from '../text/json-text';
import { type World } from '../world/world';
import { addAllergies } from './allergies';
import { addCarePlan, addCareTeam } from './care';
import { Chart } from './chart';
import { addDiagnosis, addProblems } from './conditions';
import { addCoverage } from './coverage';
import { addPatientNote, addSignedForm, addVisitNote } from './documents';
import { addMothersWord } from './family';
import { addLaboratory } from './laboratory';
import { addLongTermMedication, addVisitMedication } from './medications';
import { addSmokingStatus, addVitalSigns } from './observations';
import { addDispensing, addImaging, addUrineTest } from './orders';
import { addPatient, addRelatedPersons } from './people';
import { addProvenance } from './provenance';
import { addAdultHistory, addGrowth, addScreening } from './social-history';
import { addImmunization, addImplant, addProcedure } from './treatments';
import { addEncounter, planVisits, type Visit } from './visits';

/** All resources of one patient: the Patient first, then visit by visit. */
export function writeChart(seed: number, index: number, world: World): readonly SampleResource[] {
  const chart = new Chart(seed, index, world);
  const visits = planVisits(chart);
  addPatient(chart, visits[0], visits.at(-1) ?? visits[0]);
  visits.forEach((visit, number) => {
    const before = chart.resources.length;
    addVisit(chart, visit);
    if (number === 0) addIntake(chart, visit);
    documentOrigin(chart, visit, chart.since(before));
  });
  addWhatUsCoreAsksFor(chart, visits[0]);
  return chart.resources;
}

/** Beside the visits, so that each element that US Core has servers support is there in every few charts. */
function addWhatUsCoreAsksFor(chart: Chart, visit: Visit): void {
  const { index, persona } = chart;
  addCoverage(chart, visit);
  if (index % 2 === 0) addUrineTest(chart, visit);
  if (index % 3 === 0) addDispensing(chart, visit);
  if (index % 4 === 1) addScreening(chart, visit);
  if (index % 8 === 2) addImaging(chart, visit);
  if (index % 8 === 4) addAdultHistory(chart, visit);
  if (persona.hasMother) addGrowth(chart, visit);
}

function addVisit(chart: Chart, visit: Visit): void {
  const { random } = chart;
  addEncounter(chart, visit);
  addVitalSigns(chart, visit);
  addDiagnosis(chart, visit);
  addLaboratory(chart, visit);
  addVisitMedication(chart, visit);
  if (random.chance(0.3)) addImmunization(chart, visit);
  if (random.chance(0.35)) addProcedure(chart, visit);
  if (random.chance(0.4)) addVisitNote(chart, visit);
}

/** What is recorded once, when a patient is new. */
function addIntake(chart: Chart, visit: Visit): void {
  const { persona, random } = chart;
  const relatives = addRelatedPersons(chart, visit);
  addAllergies(chart, visit);
  addSignedForm(chart, visit);
  const problems = addProblems(chart, visit);
  addLongTermMedication(chart, visit, problems);
  addMothersWord(chart, visit);
  if (ageAt(persona, visit.start) > 14) addSmokingStatus(chart, visit);
  if (ageAt(persona, visit.start) > 55 && random.chance(0.3)) addImplant(chart, visit);
  if (problems.length === 0 && random.chance(0.5)) return;
  const team = addCareTeam(chart, visit, relatives);
  addCarePlan(chart, visit, { problems, team });
  if (random.chance(0.2)) addPatientNote(chart, visit, chart.subject);
}

/** Provenance of the Patient, of all that a visit left, of its Encounter alone, or none. */
function documentOrigin(chart: Chart, visit: Visit, recorded: readonly Fragment[]): void {
  const kind = chart.random.next();
  if (kind < 0.1) addProvenance(chart, visit, [chart.subject]);
  else if (kind < 0.25) addProvenance(chart, visit, recorded);
  else if (kind < 0.45) addProvenance(chart, visit, [visit.encounter]);
}
