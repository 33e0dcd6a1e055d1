import { type GroupSearchParameterName, isFhirId, parseReference } from '@app/fhir';

import { nameKey } from '../name-key';
import { segmentSql } from '../segment/segment-query';
import { ALWAYS, type Condition, NEVER, tokenMatches } from './condition';
import { splitUnescaped, unescape } from './escaped';
import { parseToken } from './token';

export interface ParsedValue {
  /** As given between commas, escapes kept. */
  readonly text: string;
  readonly modifier: string | undefined;
  /** The URL that absolute references to this server begin with. */
  readonly fhirBase: string;
}

interface SearchParameter {
  /** What a value looks like: completes "accepts …". */
  readonly accepts: string;
  readonly modifiers: readonly string[];
  /** The condition that a value stands for; undefined when the value is not accepted. */
  readonly parse: (value: ParsedValue) => Condition | undefined;
}

const GROUP_TYPES = ['person', 'animal', 'practitioner', 'device', 'medication', 'substance'];
const GROUP_TYPE_SYSTEM = 'http://hl7.org/fhir/group-type';

/** How each search parameter is read. A parameter of the list without a row here does not compile. */
export const SEARCH_PARAMETERS: Readonly<Record<GroupSearchParameterName, SearchParameter>> = {
  _id: {
    accepts: 'ids of groups: 1 to 64 letters, digits, "-" and "."',
    modifiers: [],
    parse: ({ text }) => (isFhirId(text) ? (bind) => `g.id = ${bind(text)}` : undefined),
  },
  identifier: {
    accepts: '[system]|[value], |[value], [system]| or [value]',
    modifiers: [],
    parse: ({ text }) => identifier(text),
  },
  name: {
    accepts: 'the start of a word of the name, at least one letter or digit',
    modifiers: ['exact', 'contains'],
    parse: ({ text, modifier }) => name(unescape(text), modifier),
  },
  type: {
    accepts: `a code of ${GROUP_TYPE_SYSTEM}; every group here is "person"`,
    modifiers: [],
    parse: ({ text }) => groupType(text),
  },
  characteristic: {
    accepts: '[system]|[code], |[code], [system]| or [code]',
    modifiers: [],
    parse: ({ text }) => characteristic(text),
  },
  'characteristic-value': {
    accepts: '[code]$[value], each of them [system]|[code] or [code]; a value may be true or false',
    modifiers: [],
    parse: ({ text }) => characteristicValue(text),
  },
  member: {
    accepts: 'Patient/[id] or [id]',
    modifiers: ['Patient'],
    parse: (value) => member(value),
  },
};

function identifier(text: string): Condition | undefined {
  const token = parseToken(text);
  if (token === undefined) return undefined;
  return (bind) =>
    `exists (select from json_array_elements(g.identifiers) i where ${tokenMatches(token, 'i', 'value')(bind)})`;
}

function name(text: string, modifier: string | undefined): Condition | undefined {
  const key = nameKey(text);
  if (key === '') return undefined;
  if (modifier === 'exact') return (bind) => `g.name = ${bind(text)}`;
  if (modifier === 'contains') return (bind) => `position(${bind(key)} in g.name_key) > 0`;
  return (bind) => `position(' ' || ${bind(key)} in ' ' || g.name_key) > 0`;
}

function groupType(text: string): Condition | undefined {
  const token = parseToken(text);
  if (token === undefined) return undefined;
  if (token.code !== undefined && !GROUP_TYPES.includes(token.code)) return undefined;
  const ours = token.system === undefined || token.system === GROUP_TYPE_SYSTEM;
  return ours && (token.code === undefined || token.code === 'person') ? ALWAYS : NEVER;
}

function characteristic(text: string): Condition | undefined {
  const code = parseToken(text);
  if (code === undefined) return undefined;
  return (bind) => `exists (
    select from json_array_elements(g.characteristics) c, json_array_elements(c->'code'->'coding') k
    where ${tokenMatches(code, 'k', 'code')(bind)})`;
}

function characteristicValue(text: string): Condition | undefined {
  const parts = splitUnescaped(text, '$');
  const [code, value] = parts.map(parseToken);
  if (parts.length !== 2 || code === undefined || value === undefined) return undefined;
  return (bind) => `exists (
    select from json_array_elements(g.characteristics) c, json_array_elements(c->'code'->'coding') k
    where ${tokenMatches(code, 'k', 'code')(bind)} and (
      exists (select from json_array_elements(c->'valueCodeableConcept'->'coding') v
              where ${tokenMatches(value, 'v', 'code')(bind)})
      or ${value.system === undefined ? `c->>'valueBoolean' = ${bind(value.code)}` : 'false'}))`;
}

function member({ text, modifier, fhirBase }: ParsedValue): Condition | undefined {
  const id = isFhirId(text) ? text : modifier === undefined ? patientId(text, fhirBase) : undefined;
  if (id === undefined) return undefined;
  return (bind, { now, segments }) => {
    const patient = bind(id);
    // PostgreSQL evaluates each of them at most once, and for this patient alone.
    const inSegment = segments.map(
      (segment) => `
    or g.id = ${bind(segment.id)} and exists (${segmentSql(segment.criteria, { bind, at: bind(now), among: patient })})`,
    );
    return `(exists (
    select from groups.member m
    where m.group_id = g.id and m.patient_id = ${patient} and m.removed_at = 'infinity')
    ${inSegment.join('')})`;
  };
}

function patientId(text: string, fhirBase: string): string | undefined {
  const reference = parseReference(text, [fhirBase]);
  return reference?.type === 'Patient' ? reference.id : undefined;
}
