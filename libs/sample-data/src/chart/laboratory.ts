import {
  CARDIAC,
  GLYCEMIC_CONTROL,
  LABORATORY_PANELS,
  type LaboratoryPanel,
} from '../codes/laboratory';
import { hasDiabetes } from '../persona';
import { base64, hl7 } from '../text/datatypes';
import { type Fragment } from '../text/json-text';
import { dateTime, HOUR } from '../text/times';
import { type Chart } from './chart';
import { addBinary } from './documents';
import { measure, measured } from './observations';
import { type Visit } from './visits';

export const LABORATORY_CATEGORY = [hl7('observation-category', 'laboratory', 'Laboratory')];
const REPORT_CATEGORY = [hl7('v2-0074', 'LAB', 'Laboratory')];

/** Blood work at about a third of the visits: Observations, then the DiagnosticReport on them. */
export function addLaboratory(chart: Chart, visit: Visit): void {
  const { random, persona } = chart;
  if (random.chance(0.2)) addPanel(chart, visit, random.pick(LABORATORY_PANELS));
  if (hasDiabetes(persona) && random.chance(0.3)) addPanel(chart, visit, GLYCEMIC_CONTROL);
  if (visit.kind.isStay && random.chance(0.4)) addPanel(chart, visit, CARDIAC);
}

function addPanel(chart: Chart, visit: Visit, panel: LaboratoryPanel): void {
  const { random, world } = chart;
  const drawn = visit.start + HOUR / 4;
  const reported = drawn + random.between(1, 30) * HOUR;
  const result = panel.tests.map((test) =>
    chart.add('Observation', reported, {
      status: 'final',
      category: LABORATORY_CATEGORY,
      code: test.code,
      subject: chart.subject,
      encounter: visit.encounter,
      effectiveDateTime: dateTime(drawn),
      issued: dateTime(reported),
      performer: [world.laboratory],
      ...measured(test, measure(test, random)),
    }),
  );
  addReport(chart, visit, { panel, result, drawn, reported });
}

interface Findings {
  readonly panel: LaboratoryPanel;
  readonly result: readonly Fragment[];
  readonly drawn: number;
  readonly reported: number;
}

function addReport(chart: Chart, visit: Visit, findings: Findings): void {
  const { panel, result, drawn, reported } = findings;
  const data = base64(`${panel.name}\n${panel.tests.map((test) => `- ${test.name}`).join('\n')}\n`);
  // What a hospital prints is kept apart.
  const form =
    panel === CARDIAC
      ? { url: `Binary/${addBinary(chart, reported, { contentType: 'text/plain', data })}` }
      : { data };
  chart.add('DiagnosticReport', reported, {
    status: 'final',
    category: REPORT_CATEGORY,
    code: panel.code,
    subject: chart.subject,
    encounter: visit.encounter,
    effectiveDateTime: dateTime(drawn),
    issued: dateTime(reported),
    performer:
      panel === CARDIAC
        ? [chart.world.laboratory, visit.clinician.person]
        : [chart.world.laboratory],
    resultsInterpreter: [visit.clinician.person],
    result,
    presentedForm: [{ contentType: 'text/plain', ...form }],
  });
}
