import type { Config } from '../config';
import { ASSERTION_ALGORITHMS } from './client-keys/public-key';
import { INTROSPECTION_PATH, TOKEN_PATH } from './paths';

/** What SMART discovery says of this service (SM-04 to SM-06); paths are below the FHIR base. */
export const SMART = {
  tokenPath: TOKEN_PATH,
  introspectionPath: INTROSPECTION_PATH,
  grantTypes: ['client_credentials'],
  tokenEndpointAuthMethods: ['private_key_jwt'],
  tokenEndpointAuthSigningAlgorithms: ASSERTION_ALGORITHMS,
  capabilities: ['client-confidential-asymmetric', 'permission-v2', 'permission-v1'],
} as const;

/** Where clients get tokens: here, or at the trusted issuer when this service leaves them to it. */
export function tokenEndpointOf({ auth, http }: Pick<Config, 'auth' | 'http'>): string {
  const elsewhere = auth.issuesTokens ? undefined : auth.trustedIssuer?.tokenUrl;
  return elsewhere ?? `${http.fhirBase}/${SMART.tokenPath}`;
}
