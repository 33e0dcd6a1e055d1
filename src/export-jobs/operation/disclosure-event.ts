import type { Disclosure } from './disclosure';

const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

const PERSON = { system: ENTITY_TYPE, code: '1', display: 'Person' };
const SYSTEM_OBJECT = { system: ENTITY_TYPE, code: '2', display: 'System Object' };
const PATIENT = { system: ROLE, code: '1', display: 'Patient' };
const REPORT = { system: ROLE, code: '3', display: 'Report' };
const LIST = { system: ROLE, code: '7', display: 'List' };

/** Of R4's codes: 0 success, 4 minor and 8 serious failure. What goes on, and has no outcome yet, is a success so far. */
const OUTCOMES = {
  accepted: '0',
  planning: '0',
  running: '0',
  completed: '0',
  expired: '0',
  cancelled: '4',
  failed: '8',
} as const satisfies Readonly<Record<Disclosure['state'], string>>;

/** A disclosure as an AuditEvent of R4: an export by an app, of this patient among others. */
export function disclosureEvent(patient: string, found: Disclosure): object {
  const { createdAt, finishedAt, app, state, group } = found;
  return {
    resourceType: 'AuditEvent',
    id: found.export,
    type: { system: DICOM, code: '110106', display: 'Export' },
    action: 'R',
    period: { start: createdAt, ...(finishedAt && { end: finishedAt }) },
    recorded: createdAt,
    outcome: OUTCOMES[state],
    outcomeDesc: state,
    agent: [{ who: { identifier: { value: app } }, requestor: true }],
    source: { observer: { display: 'EHR Bulk Data' } },
    entity: [
      {
        what: { reference: `Patient/${patient.replace(/^Patient\//, '')}` },
        type: PERSON,
        role: PATIENT,
      },
      {
        what: { identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${found.export}` } },
        ...{ type: SYSTEM_OBJECT, role: REPORT, detail: details(found) },
      },
      ...(group === undefined
        ? []
        : [{ what: { reference: `Group/${group}` }, type: SYSTEM_OBJECT, role: LIST }]),
    ],
  };
}

/** Each as a name and a text; what there is none of is left out. */
function details(found: Disclosure): readonly { type: string; valueString: string }[] {
  const { parameters, downloads, isNamed, isDeparted, transactionTime, requestId } = found;
  const values: Readonly<Record<string, string | readonly string[] | undefined>> = {
    level: found.level,
    requestId,
    transactionTime: transactionTime?.toISOString(),
    _type: parameters.types.join(','),
    provenanceOf: parameters.provenanceOf.join(','),
    _since: parameters.since,
    _until: parameters.until,
    _elements: json(parameters.elements),
    _typeFilter: json(parameters.typeFilters),
    scopeFilter: json(parameters.scopeFilters),
    patient: isNamed ? 'named by the app' : undefined,
    content: isDeparted ? 'deletions alone' : undefined,
    downloads: String(downloads.count),
    lastDownload: downloads.last?.toISOString(),
    downloaded: downloads.files,
    signedManifests: String(found.signedManifests),
  };
  return Object.entries(values).flatMap(([type, value = []]) =>
    [value]
      .flat()
      .filter((text) => text !== '')
      .map((valueString) => ({ type, valueString })),
  );
}

function json(value: object | undefined): string | undefined {
  return value && JSON.stringify(value);
}
