import { RESOURCE_TYPES } from './resource-types';

/** A parameter of a kick-off (Bulk Data Access, query parameters). */
interface ExportParameterRow {
  readonly name: string;
  readonly max: '1' | '*';
  /** As an OperationDefinition has it. */
  readonly type: 'string' | 'instant' | 'code' | 'boolean' | 'Reference';
  /**
   * In which a body may bring a value: the standard's own type first, then others that say the same and
   * are tolerated (EN-02, EN-09).
   */
  readonly valueTypes: readonly string[];
  readonly documentation: string;
  /** The only values that are accepted. */
  readonly values?: readonly string[];
  /** Several values may stand in one, separated by commas (EN-04). */
  readonly isList?: true;
  readonly example?: string | readonly string[];
  /** In the body of a POST alone (EN-06), and not for the whole system (PR-52). */
  readonly isForBodies?: true;
}

const INSTANT = ['valueInstant', 'valueDateTime', 'valueString'];

/**
 * The parameters of `$export`: one list for the parser of queries and bodies, the OperationDefinitions,
 * the API's description and the README.
 */
export const EXPORT_PARAMETERS = [
  {
    name: '_outputFormat',
    max: '1',
    type: 'string',
    valueTypes: ['valueString', 'valueCode'],
    documentation: 'NDJSON, in its three spellings. There is no other format.',
    values: ['application/fhir+ndjson', 'application/ndjson', 'ndjson'],
  },
  {
    name: '_since',
    max: '1',
    type: 'instant',
    valueTypes: INSTANT,
    documentation:
      'Only what changed after this instant; the whole record of who joined the group after it. The transactionTime of an earlier export.',
    example: '2026-01-31T11:28:17.000Z',
  },
  {
    name: '_until',
    max: '1',
    type: 'instant',
    valueTypes: INSTANT,
    documentation:
      'Only what last changed before this instant. No view of the past: what changed later is left out.',
    example: '2026-02-28T23:59:59.999Z',
  },
  {
    name: '_type',
    max: '*',
    type: 'string',
    valueTypes: ['valueString', 'valueCode'],
    documentation:
      'Types to export, separated by commas or repeated. Left out: all that the token covers, but for Binary.',
    values: RESOURCE_TYPES,
    isList: true,
    example: ['Patient', 'Condition', 'Observation'],
  },
  {
    name: '_elements',
    max: '*',
    type: 'string',
    valueTypes: ['valueString'],
    documentation:
      'Root elements to keep, as Patient.birthDate or, for all types, id. Mandatory and modifier elements stay.',
    example: 'Patient.birthDate,Observation.value',
  },
  {
    name: 'patient',
    max: '*',
    type: 'Reference',
    valueTypes: ['valueReference'],
    documentation:
      'Patients that the export is narrowed to. In the body of a POST alone; one who is unknown or not in the group is refused.',
    isForBodies: true,
  },
  {
    name: 'includeAssociatedData',
    max: '*',
    type: 'code',
    valueTypes: ['valueCode', 'valueString', 'valueCoding'],
    documentation:
      'RelevantProvenanceResources or LatestProvenanceResources: Provenance of everything that is given, or the newest of each.',
    values: ['LatestProvenanceResources', 'RelevantProvenanceResources'],
    isList: true,
  },
  {
    name: '_typeFilter',
    max: '*',
    type: 'string',
    valueTypes: ['valueString'],
    documentation:
      'A search of one type that its resources must match, as Observation?category=laboratory; repeated for alternatives. The CapabilityStatement lists the search parameters.',
    example: 'Observation?category=laboratory',
  },
  {
    name: 'organizeOutputBy',
    max: '1',
    type: 'string',
    valueTypes: ['valueString', 'valueCode'],
    documentation: 'Patient: files hold blocks of patients instead of types.',
    values: ['Patient'],
  },
  {
    name: 'allowPartialManifests',
    max: '1',
    type: 'boolean',
    valueTypes: ['valueBoolean', 'valueString'],
    documentation: 'true: manifests list files that are ready while the export goes on.',
    values: ['true', 'false'],
  },
  {
    name: '_dry-run',
    max: '1',
    type: 'boolean',
    valueTypes: ['valueBoolean', 'valueString'],
    documentation:
      'Alone or true: nothing is exported. The answer counts patients and resources by type, and estimates bytes and seconds.',
    values: ['true', 'false'],
  },
] as const satisfies readonly ExportParameterRow[];

export type ExportParameterName = (typeof EXPORT_PARAMETERS)[number]['name'];

/** A row of the table, whichever it is. */
export type ExportParameter = ExportParameterRow & { readonly name: ExportParameterName };

/** The row of a parameter; undefined for a name that is none. */
export function exportParameter(name: string): ExportParameter | undefined {
  return EXPORT_PARAMETERS.find((parameter) => parameter.name === name);
}
