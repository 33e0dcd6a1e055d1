import { KEY_TYPE_OF_ALGORITHM } from './client-keys/public-key';
import { INTROSPECTION_PATH, TOKEN_PATH } from './paths';
import { supportedScopes } from './scopes';

/** What SMART discovery says of this service (SM-04 to SM-06); paths are below the FHIR base. */
export const SMART = {
  tokenPath: TOKEN_PATH,
  introspectionPath: INTROSPECTION_PATH,
  grantTypes: ['client_credentials'],
  tokenEndpointAuthMethods: ['private_key_jwt'],
  tokenEndpointAuthSigningAlgorithms: Object.keys(KEY_TYPE_OF_ALGORITHM),
  scopes: supportedScopes(),
  capabilities: ['client-confidential-asymmetric', 'permission-v2', 'permission-v1'],
} as const;
