import { type ResourceType } from '@app/fhir';

import { type Random } from '../random';
import { hl7Coding } from './datatypes';
import { jsonText, type JsonObject, membersText } from './json-text';
import { DAY, dateTime, easternInstant, LAST_UPDATE } from './times';

const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-';
const BASE = 'http://hl7.org/fhir/StructureDefinition';
const TEST_DATA = hl7Coding('v3-ActReason', 'HTEST', 'test health data');

const PROFILES: Readonly<Partial<Record<ResourceType, string>>> = {
  AllergyIntolerance: `${US_CORE}allergyintolerance`,
  CarePlan: `${US_CORE}careplan`,
  CareTeam: `${US_CORE}careteam`,
  Condition: `${US_CORE}condition`,
  DiagnosticReport: `${US_CORE}diagnosticreport-lab`,
  DocumentReference: `${US_CORE}documentreference`,
  Encounter: `${US_CORE}encounter`,
  Goal: `${US_CORE}goal`,
  Immunization: `${US_CORE}immunization`,
  MedicationRequest: `${US_CORE}medicationrequest`,
  Organization: `${US_CORE}organization`,
  Patient: `${US_CORE}patient`,
  Practitioner: `${US_CORE}practitioner`,
  Procedure: `${US_CORE}procedure`,
};

export interface ResourceHead {
  readonly type: ResourceType;
  readonly id: string;
  /** When what the resource says happened, milliseconds since 1970. */
  readonly at: number;
}

/**
 * A resource as one line of JSON. `meta` comes in all the forms that R4 allows and servers send:
 * whole, without versions, at the end, absent.
 */
export function resourceLine(head: ResourceHead, body: JsonObject, random: Random): string {
  const start = `{"resourceType":"${head.type}","id":"${head.id}"`;
  const members = membersText(body);
  const form = random.next();
  if (form < 0.08) return `${start},${members}}`;
  if (form < 0.16) return `${start},${members},"meta":${jsonText(wholeMeta(head, random))}}`;
  return `${start},"meta":${jsonText(metaOf(form, head, random))},${members}}`;
}

function metaOf(form: number, head: ResourceHead, random: Random): JsonObject {
  if (form < 0.22) return { tag: [TEST_DATA] };
  if (form < 0.3) return { profile: [PROFILES[head.type] ?? `${BASE}/${head.type}`] };
  if (form < 0.36) return { lastUpdated: easternInstant(updateTime(head.at, random)) };
  return wholeMeta(head, random);
}

function wholeMeta(head: ResourceHead, random: Random): JsonObject {
  const profile = PROFILES[head.type];
  return {
    versionId: String(random.int(1, 9)),
    lastUpdated: fineInstant(updateTime(head.at, random), random),
    source: random.chance(0.3) ? `urn:system:ehr-${random.int(1, 4)}` : undefined,
    profile: profile !== undefined && random.chance(0.6) ? [profile] : undefined,
  };
}

/** Precision differs between the systems that a record has come from. */
function fineInstant(milliseconds: number, random: Random): string {
  const fine = random.next();
  if (fine < 0.3) return dateTime(milliseconds);
  const text = new Date(milliseconds).toISOString();
  return fine < 0.8 ? text : text.replace('Z', `${random.int(100, 999)}Z`);
}

function updateTime(at: number, random: Random): number {
  return Math.min(LAST_UPDATE, at + Math.floor(random.next() * 3 * DAY));
}
