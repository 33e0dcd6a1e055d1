import { compartmentPaths, isFhirId, parseReference, type ResourceType } from '@app/fhir';
import { checkSearch, searchSize, UnsupportedSearchError } from '@app/fhir-search';

import { fault, type Json, objectAt, requireNoOthers } from '../roster/read-entry';

export const MEMBER_FILTER = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/member-filter';
const LANGUAGE = 'application/x-fhir-query';

/** A search of Patient, or of a type in patients' compartments: who matches, or has what matches. */
export interface MemberFilter {
  readonly type: ResourceType;
  /** What follows the question mark. */
  readonly query: string;
}

/** By what the members of a group follow: all filters must be met. */
export interface MemberCriteria {
  /** `Type?query`, as they were given. */
  readonly memberFilters: readonly string[];
  /** The group of operators whose members are filtered; undefined: whoever the app may choose. */
  readonly base?: string | undefined;
  /** The group’s own entries are filtered. */
  readonly ofMembers?: true;
}

/** Each is looked for over the whole store. */
const MOST_FILTERS = 10;
const MOST_CRITERIA = 30;
const MOST_VALUES = 500;
const MOST_CHARACTERS = 4096;

/**
 * Reads the `member-filter` extensions of a Group (Bulk Data Access 3.0, Bulk Cohort Group).
 *
 * @returns `Type?query` of each; undefined when there are none
 * @throws FhirError 400 that names the place and what is accepted, never a value of the search
 */
export function readMemberFilters(extensions: unknown): readonly string[] | undefined {
  if (extensions === undefined) return undefined;
  if (!Array.isArray(extensions)) throw fault('Group.modifierExtension', 'must be a list');
  const filters = extensions.map((one: unknown, index) =>
    readOne(one, `Group.modifierExtension[${index}]`),
  );
  if (filters.length > MOST_FILTERS) {
    throw fault('Group.modifierExtension', `may be ${MOST_FILTERS} member-filters at most`);
  }
  requireAffordable(filters.map(parsed));
  return filters.length > 0 ? filters : undefined;
}

/** A filter that was checked when it was stored. */
export function parsed(filter: string): MemberFilter {
  const at = filter.indexOf('?');
  return { type: filter.slice(0, at) as ResourceType, query: filter.slice(at + 1) };
}

/**
 * The group of operators that a Group with filters has for its only member; undefined where its members are others.
 *
 * @throws FhirError 400
 */
export function readBase(members: readonly unknown[], fhirBase: string): string | undefined {
  const ids = members.flatMap((member, index) => {
    const { entity } = objectAt(member, `Group.member[${index}]`);
    const { reference } = objectAt(entity, `Group.member[${index}].entity`);
    const found = typeof reference === 'string' ? parseReference(reference, [fhirBase]) : undefined;
    return found?.type === 'Group' && isFhirId(found.id) ? found.id : [];
  });
  const [id] = ids;
  if (id === undefined || members.length === 1) return id;
  throw fault(
    'Group.member',
    'may be one Group, whose members are filtered, or patients, not both',
  );
}

function readOne(extension: unknown, path: string): string {
  const { url, valueExpression, ...others } = objectAt(extension, path);
  if (url !== MEMBER_FILTER) {
    throw fault(`${path}.url`, `must be ${MEMBER_FILTER}: no other is known`, 'not-supported');
  }
  requireNoOthers(others, ['id'], path);
  const expression = objectAt(valueExpression, `${path}.valueExpression`);
  return readExpression(expression, `${path}.valueExpression`);
}

function readExpression({ language, expression }: Json, path: string): string {
  if (language !== LANGUAGE)
    throw fault(`${path}.language`, `must be ${LANGUAGE}`, 'not-supported');
  const [, type = '', query = ''] =
    typeof expression === 'string' && expression.length <= MOST_CHARACTERS
      ? (/^\/?([A-Za-z]+)\?([^\p{Cc}]+)$/u.exec(expression) ?? [])
      : [];
  if (query === '') {
    throw fault(
      `${path}.expression`,
      `must be a search of one type of at most ${MOST_CHARACTERS} characters, such as Condition?code=http://snomed.info/sct|44054006`,
    );
  }
  if (!isSearchedForMembers(type)) {
    throw fault(
      `${path}.expression`,
      'must be a search of Patient, or of a type that lies in the compartment of patients',
      'not-supported',
    );
  }
  requireEvaluated(type, query, `${path}.expression`);
  return `${type}?${query}`;
}

function isSearchedForMembers(type: string): type is ResourceType {
  return type === 'Patient' || (type !== 'Binary' && compartmentPaths(type).length > 0);
}

function requireEvaluated(type: ResourceType, query: string, path: string): void {
  try {
    checkSearch(type, query);
  } catch (error) {
    if (!(error instanceof UnsupportedSearchError)) throw error;
    const words = error.message.replace(/\.$/, '');
    throw fault(path, `cannot be applied to ${type}: ${words}`, 'not-supported');
  }
}

function requireAffordable(filters: readonly MemberFilter[]): void {
  const sizes = filters.map(({ type, query }) => searchSize(type, query));
  const criteria = sizes.reduce((sum, size) => sum + size.criteria, 0);
  const values = sizes.reduce((sum, size) => sum + size.values, 0);
  if (criteria <= MOST_CRITERIA && values <= MOST_VALUES) return;
  throw fault(
    'Group.modifierExtension',
    `holds ${criteria} criteria and ${values} values together; accepted are ${MOST_CRITERIA} and ${MOST_VALUES}`,
  );
}
