/**
 * The search parameters of Group that this service answers (R4, Group, search parameters): one list
 * for the search itself, the CapabilityStatement and the API's description.
 */
export const GROUP_SEARCH_PARAMETERS = [
  {
    name: '_id',
    type: 'token',
    documentation: 'Logical id of the group.',
  },
  {
    name: 'identifier',
    type: 'token',
    documentation: 'Business identifier: [system]|[value], |[value], [system]| or [value].',
  },
  {
    name: 'name',
    type: 'string',
    documentation:
      'Start of any word of the name, whatever its case and accents; :exact and :contains are supported.',
  },
  {
    name: 'type',
    type: 'token',
    documentation: 'Kind of the members. Every group here is of type person.',
  },
  {
    name: 'characteristic',
    type: 'token',
    documentation: 'Code of a characteristic: [system]|[code] or [code].',
  },
  {
    name: 'characteristic-value',
    type: 'composite',
    documentation: 'Code of a characteristic and its value: [code]$[value].',
  },
  {
    name: 'member',
    type: 'reference',
    documentation: 'A patient of the group: Patient/[id] or [id].',
  },
] as const;

export type GroupSearchParameterName = (typeof GROUP_SEARCH_PARAMETERS)[number]['name'];
