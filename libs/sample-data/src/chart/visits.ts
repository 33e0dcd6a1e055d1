import { ACUTE_CONDITIONS, ADULT_ACUTE_CONDITIONS, type ConditionCode } from '../codes/conditions';
import { ageAt, recordedSpan } from '../persona';
import { type Random } from '../random';
import { hl7, hl7Coding, period, reference, snomed } from '../text/datatypes';
import { type Fragment, type JsonObject } from '../text/json-text';
import { DAY, HOUR } from '../text/times';
import { actor, type Clinician, type Site } from '../world/site';
import { type Chart } from './chart';

interface VisitKind {
  readonly class: Fragment;
  readonly type: Fragment;
  /** Of 100 visits. */
  readonly share: number;
  readonly hours: readonly [least: number, most: number];
  /** How likely somebody leaves with a new diagnosis. */
  readonly diagnosis: number;
  readonly isStay: boolean;
}

const AMBULATORY = hl7Coding('v3-ActCode', 'AMB', 'ambulatory');
const OFFICE = { class: AMBULATORY, hours: [0.25, 0.75], isStay: false } as const;

const VISIT_KINDS: readonly VisitKind[] = [
  { ...OFFICE, type: snomed('185349003', 'Encounter for check up'), share: 36, diagnosis: 0.05 },
  { ...OFFICE, type: snomed('185345009', 'Encounter for symptom'), share: 26, diagnosis: 0.75 },
  { ...OFFICE, type: snomed('390906007', 'Follow-up encounter'), share: 17, diagnosis: 0.1 },
  {
    class: hl7Coding('v3-ActCode', 'VR', 'virtual'),
    type: snomed('448337001', 'Telemedicine consultation with patient'),
    share: 7,
    hours: [0.2, 0.5],
    diagnosis: 0.4,
    isStay: false,
  },
  {
    class: hl7Coding('v3-ActCode', 'EMER', 'emergency'),
    type: snomed('50849002', 'Emergency room admission'),
    share: 9,
    hours: [2, 9],
    diagnosis: 0.8,
    isStay: true,
  },
  {
    class: hl7Coding('v3-ActCode', 'IMP', 'inpatient encounter'),
    type: snomed('32485007', 'Hospital admission'),
    share: 5,
    hours: [20, 150],
    diagnosis: 0.5,
    isStay: true,
  },
];

const PRIMARY_PERFORMER = hl7('v3-ParticipationType', 'PPRF', 'primary performer');
const DISCHARGED_HOME = hl7('discharge-disposition', 'home', 'Home');

export interface Visit {
  readonly id: string;
  readonly encounter: Fragment;
  readonly kind: VisitKind;
  readonly start: number;
  readonly end: number;
  readonly site: Site;
  readonly clinician: Clinician;
  readonly room: Fragment;
  /** The illness found, with the id kept for its Condition. */
  readonly diagnosis?: { readonly found: ConditionCode; readonly id: string };
}

/** All visits of a patient in order of time; people mostly stay with one site. */
export function planVisits(chart: Chart): readonly [Visit, ...Visit[]] {
  const { persona, random, world } = chart;
  const { from, until } = recordedSpan(persona);
  const home = random.pick(world.sites);
  const times = Array.from({ length: persona.visits }, () =>
    officeTime(random.between(from + DAY, until - 8 * DAY), random),
  ).sort((earlier, later) => earlier - later);
  const [first = from + DAY, ...others] = times;
  const plan = (start: number): Visit =>
    planVisit(chart, start, random.chance(0.85) ? home : random.pick(world.sites));
  return [plan(first), ...others.map(plan)];
}

export function addEncounter(chart: Chart, visit: Visit): void {
  const { kind, clinician, start, end } = visit;
  chart.add(
    'Encounter',
    end,
    {
      identifier: [
        { system: 'urn:oid:2.16.840.1.113883.19.5.1', value: `V-${visit.id.slice(0, 13)}` },
      ],
      status: 'finished',
      class: kind.class,
      type: [kind.type],
      subject: chart.subject,
      participant: [
        {
          type: [PRIMARY_PERFORMER],
          period: period(start, end),
          individual: actor(clinician, chart.random),
        },
      ],
      period: period(start, end),
      reasonCode: visit.diagnosis && [visit.diagnosis.found.code],
      diagnosis: diagnosisOf(visit),
      hospitalization: kind.isStay ? { dischargeDisposition: DISCHARGED_HOME } : undefined,
      location: [{ location: visit.room, status: 'completed', period: period(start, end) }],
      serviceProvider: visit.site.organization,
    },
    visit.id,
  );
}

function diagnosisOf({ diagnosis }: Visit): readonly JsonObject[] | undefined {
  return diagnosis && [{ condition: reference('Condition', diagnosis.id), rank: 1 }];
}

function planVisit(chart: Chart, start: number, site: Site): Visit {
  const { random, persona } = chart;
  const id = chart.nextId();
  const kind = pickKind(random);
  const illnesses = ageAt(persona, start) < 16 ? ACUTE_CONDITIONS : ADULT_ACUTE_CONDITIONS;
  const found = random.chance(kind.diagnosis) ? random.pick(illnesses) : undefined;
  return {
    id,
    encounter: reference('Encounter', id),
    kind,
    start,
    end: start + random.between(...kind.hours) * HOUR,
    site,
    clinician: random.pick(site.clinicians),
    room: random.pick(site.rooms),
    diagnosis: found && { found, id: chart.nextId() },
  };
}

function pickKind(random: Random): VisitKind {
  let left = random.next() * 100;
  const kind = VISIT_KINDS.find(({ share }) => (left -= share) < 0);
  return kind ?? random.pick(VISIT_KINDS);
}

/** The same day, between eight and five o'clock in the east. */
function officeTime(time: number, random: Random): number {
  return Math.floor(time / DAY) * DAY + 13 * HOUR + random.int(0, 36) * (HOUR / 4);
}
