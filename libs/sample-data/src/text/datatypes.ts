import { type ResourceType } from '@app/fhir';

import { Fragment, fragment, type JsonObject, quote } from './json-text';
import { dateTime } from './times';

export const SNOMED = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const CVX = 'http://hl7.org/fhir/sid/cvx';
export const ICD10 = 'http://hl7.org/fhir/sid/icd-10-cm';
export const US_CORE = 'http://hl7.org/fhir/us/core';
const UCUM = 'http://unitsofmeasure.org';
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem';

export function coding(system: string, code: string, display?: string): Fragment {
  return fragment({ system, code, display });
}

/** A CodeableConcept of one coding or more, with a text. */
export function concept(text: string, ...codings: readonly Fragment[]): Fragment {
  return fragment({ coding: codings, text });
}

/** A CodeableConcept with one SNOMED CT code. */
export function snomed(code: string, display: string): Fragment {
  return concept(display, coding(SNOMED, code, display));
}

/** A CodeableConcept with one code of a system at terminology.hl7.org, and no text of its own. */
export function hl7(system: string, code: string, display: string): Fragment {
  return fragment({ coding: [hl7Coding(system, code, display)] });
}

export function hl7Coding(system: string, code: string, display?: string): Fragment {
  return coding(`${TERMINOLOGY}/${system}`, code, display);
}

/** Text or bytes as base64. */
export function base64(content: string | Buffer): Fragment {
  return new Fragment(`"${Buffer.from(content).toString('base64')}"`);
}

/** A relative literal reference. */
export function reference(type: ResourceType, id: string, display?: string): Fragment {
  const shown = display === undefined ? '' : `,"display":${quote(display)}`;
  return new Fragment(`{"reference":"${type}/${id}"${shown}}`);
}

/** A Quantity in a UCUM unit; `code` where the unit is written differently for people. */
export function quantity(value: Fragment, unit: string, code = unit): Fragment {
  return new Fragment(
    `{"value":${value.text},"unit":"${unit}","system":"${UCUM}","code":"${code}"}`,
  );
}

/** A Period in milliseconds since 1970; open when it has no end. */
export function period(start: number, end?: number): JsonObject {
  return { start: dateTime(start), end: end === undefined ? undefined : dateTime(end) };
}

/** A generated narrative of one paragraph. */
export function narrative(text: string): JsonObject {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const div = `<div xmlns="http://www.w3.org/1999/xhtml"><p>${escaped}</p></div>`;
  return { status: 'generated', div };
}
