import { type GroupSearchParameterName, isFhirId, parseReference } from '@app/fhir';

import { nameKey } from '../name-key';
import { segmentSql } from '../segment/segment-query';
import { ALWAYS, anyOf, anyToken, type Condition, NEVER, tokenMatches } from './condition';
import { splitUnescaped, unescape } from './escaped';
import { parseToken, type SearchToken } from './token';

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
  /** The condition that any of the values holds; undefined when one of them is not accepted. */
  readonly anyOf: (values: readonly ParsedValue[]) => Condition | undefined;
}

/**
 * A parameter whose values are read one by one and become one condition. A long list then costs
 * PostgreSQL one look at each group.
 *
 * @param parse undefined for a value that is not accepted
 */
function parameter<T>(
  accepts: string,
  parse: (value: ParsedValue) => T | undefined,
  condition: (values: readonly T[]) => Condition,
  modifiers: readonly string[] = [],
): SearchParameter {
  return {
    accepts,
    modifiers,
    anyOf: (texts) => {
      const values = texts.map(parse);
      return values.every((value): value is T & {} => value !== undefined)
        ? condition(values)
        : undefined;
    },
  };
}

export const GROUP_TYPES = [
  'person',
  'animal',
  'practitioner',
  'device',
  'medication',
  'substance',
];
const GROUP_TYPE_SYSTEM = 'http://hl7.org/fhir/group-type';

const TOKEN = '[system]|[code], |[code], [system]| or [code]';

/** How each search parameter is read. A parameter of the list without a row here does not compile. */
export const SEARCH_PARAMETERS: Readonly<Record<GroupSearchParameterName, SearchParameter>> = {
  _id: parameter(
    'ids of groups: 1 to 64 letters, digits, "-" and "."',
    ({ text }) => (isFhirId(text) ? text : undefined),
    (ids) => (bind) => `g.id = any(${bind(ids)}::text[])`,
  ),
  identifier: parameter(
    '[system]|[value], |[value], [system]| or [value]',
    ({ text }) => parseToken(text),
    (tokens) => (bind) =>
      `exists (select from json_array_elements(g.identifiers) i where ${anyToken(tokens, 'i', 'value')(bind)})`,
  ),
  name: parameter(
    'the start of a word of the name, at least one letter or digit',
    ({ text, modifier }) => name(unescape(text), modifier),
    anyName,
    ['exact', 'contains'],
  ),
  type: parameter(
    `a code of ${GROUP_TYPE_SYSTEM}; every group here is "person"`,
    ({ text }) => isPerson(text),
    (persons) => (persons.includes(true) ? ALWAYS : NEVER),
  ),
  characteristic: parameter(
    TOKEN,
    ({ text }) => parseToken(text),
    (codes) => (bind) =>
      `exists (select ${CHARACTERISTIC_CODES} where ${anyToken(codes, 'k', 'code')(bind)})`,
  ),
  'characteristic-value': parameter(
    '[code]$[value], each of them [system]|[code] or [code]; a value may be true or false',
    ({ text }) => characteristicValue(text),
    anyCharacteristicValue,
  ),
  member: parameter('Patient/[id] or [id]', patientId, anyMember, ['Patient']),
};

const CHARACTERISTIC_CODES =
  "from json_array_elements(g.characteristics) c, json_array_elements(c->'code'->'coding') k";

interface NameValue {
  readonly modifier: string | undefined;
  /** The name itself with `exact`, else its key. */
  readonly text: string;
}

function name(text: string, modifier: string | undefined): NameValue | undefined {
  const key = nameKey(text);
  if (key === '') return undefined;
  return { modifier, text: modifier === 'exact' ? text : key };
}

/** All values of a parameter have the same modifier. */
function anyName(names: readonly NameValue[]): Condition {
  const texts = names.map(({ text }) => text);
  const modifier = names[0]?.modifier;
  if (modifier === 'exact') return (bind) => `g.name = any(${bind(texts)}::text[])`;
  const place =
    modifier === 'contains'
      ? 'position(key in g.name_key)'
      : `position(' ' || key in ' ' || g.name_key)`;
  return (bind) => `exists (select from unnest(${bind(texts)}::text[]) key where ${place} > 0)`;
}

function isPerson(text: string): boolean | undefined {
  const token = parseToken(text);
  if (token === undefined) return undefined;
  if (token.code !== undefined && !GROUP_TYPES.includes(token.code)) return undefined;
  const ours = token.system === undefined || token.system === GROUP_TYPE_SYSTEM;
  return ours && (token.code === undefined || token.code === 'person');
}

interface CharacteristicValue {
  readonly code: SearchToken;
  readonly value: SearchToken;
}

function characteristicValue(text: string): CharacteristicValue | undefined {
  const parts = splitUnescaped(text, '$');
  const [code, value] = parts.map(parseToken);
  if (parts.length !== 2 || code === undefined || value === undefined) return undefined;
  return { code, value };
}

function anyCharacteristicValue(values: readonly CharacteristicValue[]): Condition {
  return (bind) => {
    const pairs = values.map(({ code, value }) => {
      const isValue = [
        tokenMatches(value, 'v', 'code')(bind),
        ...(value.system === undefined ? [`c->>'valueBoolean' = ${bind(value.code)}`] : []),
      ];
      return `${tokenMatches(code, 'k', 'code')(bind)} and (${isValue.join(' or ')})`;
    });
    return `exists (
    select ${CHARACTERISTIC_CODES}
    left join lateral json_array_elements(c->'valueCodeableConcept'->'coding') v on true
    where ${anyOf(pairs)})`;
  };
}

function anyMember(ids: readonly string[]): Condition {
  return (bind, { now, segments }) => {
    const patients = `select unnest(${bind(ids)}::text[])`;
    // PostgreSQL evaluates each of them at most once, and for these patients alone.
    const inSegment = segments.map(
      (segment) => `
    or g.id = ${bind(segment.id)} and exists (${segmentSql(segment.criteria, { bind, at: bind(now), among: patients })})`,
    );
    return `(exists (
    select from groups.member m
    where m.group_id = g.id and m.patient_id in (${patients}) and m.removed_at = 'infinity')
    ${inSegment.join('')})`;
  };
}

function patientId({ text, modifier, fhirBase }: ParsedValue): string | undefined {
  if (isFhirId(text)) return text;
  if (modifier !== undefined) return undefined;
  const reference = parseReference(text, [fhirBase]);
  return reference?.type === 'Patient' ? reference.id : undefined;
}
