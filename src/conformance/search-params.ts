import {
  GROUP_SEARCH_PARAMETERS,
  type GroupSearchParameterName,
  type ResourceType,
} from '@app/fhir';
import { type FilterParameter, filterParametersOf } from '@app/fhir-search';

/** CapabilityStatement.rest.resource.searchParam. */
export interface SearchParam {
  readonly extension?: readonly object[];
  readonly name: string;
  readonly definition?: string;
  readonly type: string;
  readonly documentation?: string;
}

const BULK_DATA_IG = 'http://hl7.org/fhir/uv/bulkdata';
const R4_DEFINITIONS = 'http://hl7.org/fhir/SearchParameter';

/** CS-08: the guide's text and its artifact spell the extension's URL differently. */
const ONLY_BY_REST = ['Extension', 'StructureDefinition'].map((kind) => ({
  url: `${BULK_DATA_IG}/${kind}/operation-not-supported`,
  valueCanonical: `${BULK_DATA_IG}/OperationDefinition/group-export`,
}));

/** What `_typeFilter`, and scopes with a search, take for a type (CS-07). */
export function searchParams(type: ResourceType): readonly SearchParam[] {
  return type === 'Group' ? groupParams() : filterParametersOf(type).map(asParam);
}

/** Groups are searched by REST as well, by parameters of its own. */
function groupParams(): readonly SearchParam[] {
  const filters = filterParametersOf('Group');
  const rest = GROUP_SEARCH_PARAMETERS.map(({ name, type, documentation }) => ({
    ...(filters.some((filter) => filter.name === name) ? {} : { extension: ONLY_BY_REST }),
    name,
    ...definition(name),
    type,
    documentation,
  }));
  const others = filters.filter(({ name }) => rest.every((param) => param.name !== name));
  return [
    ...rest,
    ...others.map((filter) => {
      const { documentation, ...param } = asParam(filter);
      return { ...param, documentation: `Only in _typeFilter. ${documentation ?? ''}`.trim() };
    }),
  ];
}

function asParam({ name, kind, definition: url, modifiers }: FilterParameter): SearchParam {
  const documentation =
    modifiers.length > 0 ? `Modifiers: ${modifiers.map((one) => `:${one}`).join(', ')}.` : '';
  return { name, definition: url, type: kind, ...(documentation && { documentation }) };
}

/** R4's definition of a search parameter. R4 has none for Group's name; R5 does. */
function definition(name: GroupSearchParameterName): { readonly definition?: string } {
  if (name === 'name') return {};
  return { definition: `${R4_DEFINITIONS}/${name === '_id' ? 'Resource-id' : `Group-${name}`}` };
}
