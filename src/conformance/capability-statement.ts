import type { ResourceType } from '@app/fhir';

import { SOFTWARE } from '../common';
import type { Config } from '../config';
import { searchParams } from './search-params';

const BULK_DATA_IG = 'http://hl7.org/fhir/uv/bulkdata';
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** What differs from one deployment to the next. */
export interface Deployment {
  readonly fhirBase: string;
  /** Those that are offered. */
  readonly resourceTypes: readonly ResourceType[];
  readonly bulkDataVersion: Config['export']['bulkDataVersion'];
  readonly tokenEndpoint: string;
  readonly introspectionEndpoint: string;
  /** Whether resources can be written. */
  readonly isWritten?: boolean;
}

export interface CapabilityStatement {
  readonly resourceType: 'CapabilityStatement';
  readonly [element: string]: unknown;
}

/** The CapabilityStatement of this service (CS-01 to CS-11), elements in FHIR's order. */
export function capabilityStatement(deployment: Deployment): CapabilityStatement {
  const { fhirBase, bulkDataVersion } = deployment;
  const kickOff = KICK_OFF[bulkDataVersion];
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
          'Exports the data of groups of patients, of all patients, or of the whole system in the background: start with Group/[id]/$export, Patient/$export or $export. Search parameters are those that _typeFilter takes, and that scopes may restrict a type by; dates and quantities take the prefixes eq, ne, gt, lt, ge, le, sa, eb and ap.',
        security: security(deployment),
        resource: deployment.resourceTypes.map((type) => resource(type, deployment)),
        ...(deployment.isWritten && { interaction: BUNDLES }),
        operation: [exportOperation('export', `${kickOff}${FOR_EVERYTHING}`)],
      },
    ],
  };
}

function security({ tokenEndpoint, introspectionEndpoint }: Deployment): object {
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
function resource(type: ResourceType, { bulkDataVersion, isWritten = false }: Deployment): object {
  const special: Partial<Special> = SPECIAL[type] ?? {};
  const { documentation = 'Exported with its patients.', operation, ...others } = special;
  const { supportedProfile: _, ...rest } = others;
  const kickOff = KICK_OFF[bulkDataVersion];
  const [definition, also = ''] = operation ?? [];
  return {
    type,
    ...(special.supportedProfile && { supportedProfile: special.supportedProfile }),
    documentation,
    ...READ,
    ...rest,
    ...(isWritten && type !== 'Group' && written(rest.interaction)),
    searchParam: searchParams(type),
    ...(definition && { operation: [exportOperation(definition, `${kickOff}${also}`)] }),
  };
}

/** Location names the version, of which there is one that can be read. */
const READ = {
  interaction: [{ code: 'read' }, { code: 'vread' }],
  versioning: 'versioned',
  readHistory: false,
} as const;

function written(interaction: readonly object[] = READ.interaction): object {
  return {
    interaction: [...interaction, { code: 'update' }, { code: 'delete' }],
    versioning: 'versioned-update',
    updateCreate: true,
  };
}

const BUNDLES = [
  {
    code: 'transaction',
    documentation:
      'PUT, POST and DELETE; ifMatch, ifNoneMatch, ifNoneExist and conditional references by identifier.',
  },
  { code: 'batch', documentation: 'As transaction, each entry by itself.' },
];

const FOR_EVERYTHING = ' For apps that are licensed for all groups.';

/** Of kick-offs: KO-05 and KO-06. */
const KICK_OFF: Readonly<Record<Deployment['bulkDataVersion'], string>> = {
  '3.0': 'GET, or POST with a Parameters resource.',
  '4.0-ballot': 'POST with a Parameters resource, or without a body.',
};

function exportOperation(definition: string, documentation: string): object {
  return {
    name: 'export',
    definition: `${BULK_DATA_IG}/OperationDefinition/${definition}`,
    documentation,
  };
}

interface Special {
  readonly documentation: string;
  readonly interaction?: readonly object[];
  readonly versioning?: string;
  readonly searchInclude?: readonly string[];
  readonly supportedProfile?: readonly string[];
  /** Its definition, and what else is to be known. */
  readonly operation?: readonly [definition: string, also?: string];
}

const OWN_GROUPS = 'Groups that the app keeps, as far as it is licensed to.';

const SPECIAL: Readonly<Partial<Record<ResourceType, Special>>> = {
  Binary: {
    documentation:
      'Read as the content itself, or as a resource by Accept: application/fhir+json. Exported when _type names it.',
    interaction: [{ code: 'read' }],
  },
  Group: {
    documentation: 'Only the groups that the app is licensed for are visible.',
    interaction: [
      { code: 'read' },
      { code: 'search-type' },
      ...['create', 'update', 'delete'].map((code) => ({ code, documentation: OWN_GROUPS })),
    ],
    versioning: 'versioned-update',
    searchInclude: ['Group:member'],
    supportedProfile: [`${BULK_DATA_IG}/StructureDefinition/bulk-cohort-group`],
    operation: ['group-export'],
  },
  Patient: {
    documentation: 'Exported as members of a group, or all of them.',
    operation: ['patient-export', FOR_EVERYTHING],
  },
};
