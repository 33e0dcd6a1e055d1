import { CERTIFICATE } from '@app/certificate';

import type { Config } from '../../config';
import { BYTES, COUNTS, GZIP_BYTES, GZIP_SHA256, SHA256, SOURCE_TIME } from './manifest';

type BulkDataVersion = Config['export']['bulkDataVersion'];

/** The manifest in the API's description, as the version of Bulk Data Access has it. */
export function manifestSchema(version: BulkDataVersion): object {
  return version === '3.0' ? MANIFEST : BALLOT_MANIFEST;
}

const URL_AND_COUNT = {
  url: { type: 'string', format: 'uri' },
  count: { type: 'integer', description: 'Resources in the file.', example: 5000 },
};

const TYPE = {
  type: 'string',
  example: 'Patient',
  description: 'Left out of output that is organized by patient.',
};

const FILE = {
  type: 'object',
  required: ['url', 'count'],
  properties: {
    type: TYPE,
    ...URL_AND_COUNT,
    extension: {
      type: 'object',
      properties: {
        [SHA256]: {
          type: 'string',
          description:
            'SHA-256 of the NDJSON, in hex. Left out where it is not known: see docs/packed-segments.md.',
        },
        [BYTES]: { type: 'integer', description: 'Bytes of NDJSON.' },
        [GZIP_SHA256]: {
          type: 'string',
          description: 'SHA-256 of the file as it is stored, in hex, where it is stored in gzip.',
        },
        [GZIP_BYTES]: {
          type: 'integer',
          description: 'Bytes of the file as it is stored in gzip.',
        },
      },
    },
  },
};

const EXTENSION = {
  type: 'object',
  required: ['url'],
  properties: {
    url: { type: 'string', format: 'uri' },
    valueString: { type: 'string' },
    valueDecimal: { type: 'number' },
  },
};

const BALLOT_FILE = {
  type: 'object',
  required: ['url', 'count', 'extension'],
  properties: {
    ...URL_AND_COUNT,
    fileSize: { type: 'integer', description: 'Bytes of NDJSON; left out from 2 GiB on.' },
    extension: {
      type: 'array',
      description: 'FHIR extensions: checksums and sizes, as docs/manifest.md explains them.',
      items: EXTENSION,
    },
  },
};

const filesOf = (items: object, description: string): object => ({
  type: 'array',
  items,
  description,
});
const DELETED = 'Files of transaction Bundles of DELETE entries; left out when there is nothing.';

const COMMON = {
  transactionTime: {
    type: 'string',
    format: 'date-time',
    description: 'The instant that the export shows. Give it as _since next time.',
  },
  requiresAccessToken: {
    type: 'boolean',
    description: 'Whether the files are asked for with the access token.',
  },
  outputOrganizedBy: {
    type: 'string',
    example: 'Patient',
    description: 'If organizeOutputBy was asked for: files hold blocks, one a patient.',
  },
  link: {
    type: 'array',
    maxItems: 1,
    items: {
      type: 'object',
      required: ['relation', 'url'],
      properties: {
        relation: { type: 'string', enum: ['next'] },
        url: { type: 'string', format: 'uri' },
      },
    },
    description: 'Only if the kick-off had allowPartialManifests: where more files are listed.',
  },
};

const UP_TO =
  "The EHR's instant up to which its record is contained. Left out where it is not known.";

const CERTIFIES =
  'A JWS without payload over all files of the export; in the last manifest. See docs/certificate.md.';

const COUNT = {
  type: 'object',
  required: ['expected', 'given'],
  properties: {
    type: TYPE,
    expected: {
      type: 'integer',
      description: 'Resources that were counted apart from the reading.',
    },
    given: { type: 'integer', description: 'Resources in the files.' },
    told: {
      type: 'integer',
      description:
        'Resources that `error` tells of as missing. Left out where it cannot say how many.',
    },
  },
};

const MANIFEST = {
  type: 'object',
  required: ['transactionTime', 'request', 'requiresAccessToken', 'output', 'error'],
  properties: {
    ...COMMON,
    request: { type: 'string', description: 'The URL of the kick-off.' },
    output: filesOf(FILE, 'Files of resources.'),
    deleted: filesOf(FILE, DELETED),
    error: filesOf(FILE, 'Files of OperationOutcomes.'),
    extension: {
      type: 'object',
      properties: {
        [SOURCE_TIME]: { type: 'string', format: 'date-time', description: UP_TO },
        [COUNTS]: { type: 'array', items: COUNT, description: 'By type; in the last manifest.' },
        [CERTIFICATE]: { type: 'string', description: CERTIFIES },
      },
    },
  },
};

const BALLOT_MANIFEST = {
  type: 'object',
  required: ['manifestType', 'transactionTime', 'requiresAccessToken', 'outputFormat', 'output'],
  properties: {
    ...COMMON,
    manifestType: { type: 'string', format: 'uri' },
    outputFormat: { type: 'string', enum: ['application/fhir+ndjson'] },
    output: filesOf(
      { ...BALLOT_FILE, properties: { type: TYPE, ...BALLOT_FILE.properties } },
      'Files of resources.',
    ),
    deleted: filesOf(BALLOT_FILE, DELETED),
    outcome: filesOf(BALLOT_FILE, 'Files of OperationOutcomes; left out when there is nothing.'),
    extension: {
      type: 'array',
      description: 'FHIR extensions, as docs/manifest.md explains them.',
      items: {
        ...EXTENSION,
        properties: { ...EXTENSION.properties, extension: { type: 'array', items: EXTENSION } },
      },
    },
  },
};
