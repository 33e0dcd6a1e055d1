import { BYTES, SHA256 } from './manifest';

const FILE = {
  type: 'object',
  required: ['url', 'count'],
  properties: {
    type: {
      type: 'string',
      example: 'Patient',
      description: 'Left out of output that is organized by patient.',
    },
    url: { type: 'string', format: 'uri' },
    count: { type: 'integer', description: 'Resources in the file.', example: 5000 },
    extension: {
      type: 'object',
      properties: {
        [SHA256]: { type: 'string', description: 'SHA-256 of the NDJSON, in hex.' },
        [BYTES]: { type: 'integer', description: 'Bytes of NDJSON.' },
      },
    },
  },
};

/** The manifest in the API's description. */
export const MANIFEST_SCHEMA = {
  type: 'object',
  required: ['transactionTime', 'request', 'requiresAccessToken', 'output', 'error'],
  properties: {
    transactionTime: {
      type: 'string',
      format: 'date-time',
      description: 'The instant that the export shows. Give it as _since next time.',
    },
    request: { type: 'string', description: 'The URL of the kick-off.' },
    requiresAccessToken: { type: 'boolean', example: true },
    outputOrganizedBy: {
      type: 'string',
      example: 'Patient',
      description: 'If organizeOutputBy was asked for: files hold blocks, one a patient.',
    },
    output: { type: 'array', items: FILE },
    deleted: {
      type: 'array',
      items: FILE,
      description:
        'Files of transaction Bundles of DELETE entries; left out when there is nothing.',
    },
    error: { type: 'array', items: FILE },
  },
};

/** Sent only if the kick-off preferred `separate-export-status` (SX-04). */
export const X_EXPORT_STATUS = {
  'X-Export-Status': {
    description: 'Only if the kick-off preferred separate-export-status: the status of the export.',
    schema: { type: 'string', example: '202 Accepted' },
  },
} as const;
