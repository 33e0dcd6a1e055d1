import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiQuery } from '@nestjs/swagger';

import { GROUP_SEARCH_PARAMETERS, type GroupSearchParameterName } from '@app/fhir';

import { ApiFormat, FHIR_MEDIA_TYPES } from '../common';
import { GROUP_TYPES } from './search/search-parameters';

/** Values that the description shows; they fit the demonstration's data. */
const EXAMPLES: Readonly<Record<GroupSearchParameterName, string>> = {
  _id: 'INF-101',
  identifier: 'urn:example:ehr:patient-list|INF-101',
  name: 'infl',
  type: 'person',
  characteristic: 'http://snomed.info/sct|73211009',
  'characteristic-value': 'http://snomed.info/sct|73211009$true',
  member: 'Patient/pat-1',
};

const GROUP = {
  resourceType: 'Group',
  id: 'INF-101',
  meta: { versionId: '3', lastUpdated: '2026-11-02T08:15:30.125Z' },
  identifier: [{ system: 'urn:example:ehr:patient-list', value: 'INF-101' }],
  active: true,
  type: 'person',
  actual: true,
  name: 'Influenza 2026',
  quantity: 2,
  member: [
    { entity: { reference: 'Patient/pat-1' } },
    { entity: { reference: 'Patient/pat-2' }, period: { start: '2026-10-01T00:00:00.000Z' } },
    { entity: { reference: 'Patient/pat-3' }, inactive: true },
  ],
};

const SEARCHSET = {
  resourceType: 'Bundle',
  type: 'searchset',
  total: 1,
  link: [{ relation: 'self', url: 'https://ehr.example.org/fhir/Group?name=infl' }],
  entry: [
    {
      fullUrl: 'https://ehr.example.org/fhir/Group/INF-101',
      resource: GROUP,
      search: { mode: 'match' },
    },
  ],
};

/** Describes an answer that is a FHIR resource, by an example. */
function ApiFhirResource(description: string, example: object): MethodDecorator {
  const content = {
    [FHIR_MEDIA_TYPES.json]: { schema: { type: 'object' as const }, example },
    [FHIR_MEDIA_TYPES.xml]: { schema: { type: 'string' as const } },
  };
  return ApiOkResponse({ description, content });
}

export const ApiGroupResource = (): MethodDecorator =>
  ApiFhirResource('The group, with its members.', GROUP);

export const ApiGroupBundle = (): MethodDecorator =>
  ApiFhirResource('A Bundle of the groups found, with links to further pages.', SEARCHSET);

/** The search parameters in the query. */
export function ApiGroupQuery(): MethodDecorator {
  return applyDecorators(
    ...GROUP_SEARCH_PARAMETERS.map(({ name, documentation }) =>
      ApiQuery({
        name,
        description: documentation,
        required: false,
        schema: { type: 'string', ...(name === 'type' ? { enum: [...GROUP_TYPES] } : {}) },
        example: EXAMPLES[name],
      }),
    ),
    ApiQuery({
      name: '_include',
      description:
        'Adds the Patient resources of the members, when the token covers Patient. In JSON only.',
      required: false,
      schema: { type: 'string', enum: ['Group:member'] },
    }),
    ApiQuery({
      name: '_count',
      description: 'Groups on a page, 200 at most; 0 asks for the total alone.',
      required: false,
      schema: { type: 'integer', minimum: 0, default: 50 },
    }),
    ...ShapeQueries(['true', 'false', 'data', 'text', 'count']),
    ApiFormat(),
  );
}

/** What a read may ask about the shape of its answer. */
export function ApiGroupShape(): MethodDecorator {
  return applyDecorators(...ShapeQueries(['true', 'false', 'data', 'text']), ApiFormat());
}

function ShapeQueries(summaries: readonly string[]): readonly MethodDecorator[] {
  return [
    ApiQuery({
      name: '_elements',
      description: 'Root elements to show, between commas; `id`, `type` and `actual` always are.',
      required: false,
      schema: { type: 'string' },
    }),
    ApiQuery({
      name: '_summary',
      description:
        '`true` leaves out `quantity`, `characteristic` and `member`. Not together with `_elements`.',
      required: false,
      schema: { type: 'string', enum: [...summaries] },
    }),
  ];
}
