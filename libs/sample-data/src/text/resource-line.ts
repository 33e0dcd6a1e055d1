import { type ResourceType } from '@app/fhir';

import { DIAGNOSIS, PROBLEM } from '../codes/conditions';
import { HEALTH_CONCERN, RADIOLOGY } from '../codes/us-core';
import { type Random } from '../random';
import { hl7Coding, US_CORE } from './datatypes';
import { type Json, jsonText, type JsonObject, membersText } from './json-text';
import { DAY, dateTime, easternInstant, LAST_UPDATE } from './times';

const US_CORE_PROFILE = `${US_CORE}/StructureDefinition/us-core-`;
const BASE = 'http://hl7.org/fhir/StructureDefinition';
const TEST_DATA = hl7Coding('v3-ActReason', 'HTEST', 'test health data');

const PROFILES: Readonly<Partial<Record<ResourceType, string>>> = {
  AllergyIntolerance: `${US_CORE_PROFILE}allergyintolerance`,
  CarePlan: `${US_CORE_PROFILE}careplan`,
  CareTeam: `${US_CORE_PROFILE}careteam`,
  Coverage: `${US_CORE_PROFILE}coverage`,
  DiagnosticReport: `${US_CORE_PROFILE}diagnosticreport-lab`,
  DocumentReference: `${US_CORE_PROFILE}documentreference`,
  Encounter: `${US_CORE_PROFILE}encounter`,
  Goal: `${US_CORE_PROFILE}goal`,
  Immunization: `${US_CORE_PROFILE}immunization`,
  MedicationDispense: `${US_CORE_PROFILE}medicationdispense`,
  MedicationRequest: `${US_CORE_PROFILE}medicationrequest`,
  Organization: `${US_CORE_PROFILE}organization`,
  Patient: `${US_CORE_PROFILE}patient`,
  Practitioner: `${US_CORE_PROFILE}practitioner`,
  Procedure: `${US_CORE_PROFILE}procedure`,
  QuestionnaireResponse: `${US_CORE_PROFILE}questionnaireresponse`,
  ServiceRequest: `${US_CORE_PROFILE}servicerequest`,
  Specimen: `${US_CORE_PROFILE}specimen`,
};

/** Profiles that depend on the category of a resource. */
const PROFILES_BY_CATEGORY: ReadonlyMap<Json, string> = new Map([
  [PROBLEM, `${US_CORE_PROFILE}condition-problems-health-concerns`],
  [HEALTH_CONCERN, `${US_CORE_PROFILE}condition-problems-health-concerns`],
  [RADIOLOGY, `${US_CORE_PROFILE}diagnosticreport-note`],
  [DIAGNOSIS, `${US_CORE_PROFILE}condition-encounter-diagnosis`],
]);

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
  const profile = PROFILES_BY_CATEGORY.get(body['category']) ?? PROFILES[head.type];
  const described = { ...head, profile };
  const form = random.next();
  if (form < 0.08) return `${start},${members}}`;
  if (form < 0.16) return `${start},${members},"meta":${jsonText(wholeMeta(described, random))}}`;
  return `${start},"meta":${jsonText(metaOf(form, described, random))},${members}}`;
}

interface Described extends ResourceHead {
  readonly profile: string | undefined;
}

function metaOf(form: number, head: Described, random: Random): JsonObject {
  if (form < 0.22) return { tag: [TEST_DATA] };
  if (form < 0.3) return { profile: [head.profile ?? `${BASE}/${head.type}`] };
  if (form < 0.36) return { lastUpdated: easternInstant(updateTime(head.at, random)) };
  return wholeMeta(head, random);
}

function wholeMeta(head: Described, random: Random): JsonObject {
  const { profile } = head;
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
