/** A parameter of a kick-off, as an OperationDefinition describes it. */
export interface ExportParameter {
  readonly name: string;
  readonly max: '1' | '*';
  readonly type: 'string' | 'instant' | 'code' | 'boolean' | 'Reference';
  readonly documentation: string;
}

/** What each level takes; `patient` is for groups and patients alone (PR-52). */
export const EXPORT_PARAMETERS: readonly ExportParameter[] = [
  {
    name: '_outputFormat',
    max: '1',
    type: 'string',
    documentation:
      'NDJSON, as application/fhir+ndjson, application/ndjson or ndjson. There is no other format.',
  },
  {
    name: '_since',
    max: '1',
    type: 'instant',
    documentation:
      'Only what changed after this instant; the whole record of who joined the group after it. The transactionTime of an earlier export.',
  },
  {
    name: '_until',
    max: '1',
    type: 'instant',
    documentation:
      'Only what last changed before this instant. No view of the past: what changed later is left out.',
  },
  {
    name: '_type',
    max: '*',
    type: 'string',
    documentation:
      'Types to export, separated by commas or repeated. Left out: all that the token covers, but for Binary.',
  },
  {
    name: '_elements',
    max: '*',
    type: 'string',
    documentation:
      'Root elements to keep, as Patient.birthDate or, for all types, id. Mandatory and modifier elements stay.',
  },
  {
    name: 'patient',
    max: '*',
    type: 'Reference',
    documentation:
      'Patients that the export is narrowed to. In the body of a POST alone; one who is unknown or not in the group is refused.',
  },
  {
    name: 'includeAssociatedData',
    max: '*',
    type: 'code',
    documentation:
      'RelevantProvenanceResources or LatestProvenanceResources: Provenance of everything that is given, or the newest of each.',
  },
  {
    name: '_typeFilter',
    max: '*',
    type: 'string',
    documentation:
      'A search of one type that its resources must match, as Observation?category=laboratory; repeated for alternatives. The CapabilityStatement lists the search parameters.',
  },
  {
    name: 'organizeOutputBy',
    max: '1',
    type: 'string',
    documentation: 'Patient: files hold blocks of patients instead of types.',
  },
  {
    name: 'allowPartialManifests',
    max: '1',
    type: 'boolean',
    documentation: 'true: manifests list files that are ready while the export goes on.',
  },
];
