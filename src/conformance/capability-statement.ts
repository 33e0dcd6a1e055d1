import {
  GROUP_SEARCH_PARAMETERS,
  type GroupSearchParameterName,
  RESOURCE_TYPES,
  type ResourceType,
} from '@app/fhir';

import { SOFTWARE } from '../common';

const BULK_DATA_IG = 'http://hl7.org/fhir/uv/bulkdata';
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
const R4_DEFINITIONS = 'http://hl7.org/fhir/SearchParameter';

/** The addresses that the statement names. */
export interface CapabilityAddresses {
  readonly fhirBase: string;
  readonly tokenEndpoint: string;
  readonly introspectionEndpoint: string;
}

export interface CapabilityStatement {
  readonly resourceType: 'CapabilityStatement';
  readonly [element: string]: unknown;
}

/** The CapabilityStatement of this service (CS-01 to CS-11), elements in FHIR's order. */
export function capabilityStatement(addresses: CapabilityAddresses): CapabilityStatement {
  const { fhirBase } = addresses;
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: SOFTWARE.releaseDate,
    kind: 'instance',
    instantiates: [`${BULK_DATA_IG}/CapabilityStatement/bulk-data`],
    software: SOFTWARE,
    implementation: { description: 'FHIR Bulk Data export of groups of patients', url: fhirBase },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json', 'application/fhir+xml', 'xml'],
    implementationGuide: [`${BULK_DATA_IG}/ImplementationGuide/hl7.fhir.uv.bulkdata`],
    rest: [
      {
        mode: 'server',
        documentation:
          'Exports the data of groups of patients, or of all patients, in the background: start with Group/[id]/$export or Patient/$export.',
        security: security(addresses),
        resource: RESOURCE_TYPES.map(resource),
      },
    ],
  };
}

function security({ tokenEndpoint, introspectionEndpoint }: CapabilityAddresses): object {
  const uris = [
    { url: 'token', valueUri: tokenEndpoint },
    { url: 'introspect', valueUri: introspectionEndpoint },
  ];
  return {
    extension: [{ url: OAUTH_URIS, extension: uris }],
    service: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
            code: 'SMART-on-FHIR',
            display: 'SMART-on-FHIR',
          },
        ],
        text: 'OAuth2 using SMART Backend Services (see .well-known/smart-configuration)',
      },
    ],
    description:
      'System apps only: an access token by client credentials with a signed assertion (private_key_jwt).',
  };
}

/** A type that can be exported (CS-07); some can do more. */
function resource(type: ResourceType): object {
  return SPECIAL[type] ?? { type, documentation: 'Exported with its patients.' };
}

const EXPORT_PARAMETERS =
  'GET or POST (with a Parameters resource), with _type, _since and _outputFormat.';

const GROUP = {
  type: 'Group',
  documentation: 'Only the groups that the app is licensed for are visible.',
  interaction: [{ code: 'read' }, { code: 'search-type' }],
  versioning: 'versioned',
  searchInclude: ['Group:member'],
  searchParam: GROUP_SEARCH_PARAMETERS.map(({ name, type, documentation }) => ({
    name,
    ...definition(name),
    type,
    documentation,
  })),
  operation: [
    {
      name: 'export',
      definition: `${BULK_DATA_IG}/OperationDefinition/group-export`,
      documentation: EXPORT_PARAMETERS,
    },
  ],
};

const PATIENT = {
  type: 'Patient',
  documentation: 'Exported as members of a group, or all of them.',
  operation: [
    {
      name: 'export',
      definition: `${BULK_DATA_IG}/OperationDefinition/patient-export`,
      documentation: `${EXPORT_PARAMETERS} For apps that are licensed for all groups.`,
    },
  ],
};

const BINARY = {
  type: 'Binary',
  documentation:
    'Read as the content itself, or as a resource by Accept: application/fhir+json. Exported when _type names it.',
  interaction: [{ code: 'read' }],
};

const SPECIAL: Readonly<Partial<Record<ResourceType, object>>> = {
  Binary: BINARY,
  Group: GROUP,
  Patient: PATIENT,
};

/** R4's definition of a search parameter. R4 has none for Group's name; R5 does. */
function definition(name: GroupSearchParameterName): { readonly definition?: string } {
  if (name === 'name') return {};
  return { definition: `${R4_DEFINITIONS}/${name === '_id' ? 'Resource-id' : `Group-${name}`}` };
}
