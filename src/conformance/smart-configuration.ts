import { SMART, supportedScopes, tokenEndpointOf } from '../auth';
import type { Config } from '../config';

/** SMART discovery (SM-03 to SM-09); what only apps with users need is left out. */
export function smartConfiguration(config: Config): object {
  const { fhirBase } = config.http;
  return {
    token_endpoint: tokenEndpointOf(config),
    grant_types_supported: SMART.grantTypes,
    token_endpoint_auth_methods_supported: SMART.tokenEndpointAuthMethods,
    token_endpoint_auth_signing_alg_values_supported: SMART.tokenEndpointAuthSigningAlgorithms,
    introspection_endpoint: `${fhirBase}/${SMART.introspectionPath}`,
    introspection_endpoint_auth_methods_supported: SMART.tokenEndpointAuthMethods,
    introspection_endpoint_auth_signing_alg_values_supported:
      SMART.tokenEndpointAuthSigningAlgorithms,
    scopes_supported: supportedScopes(config.resourceTypes, config.feeds.hasFhirWrites),
    capabilities: SMART.capabilities,
    // Required by SM-04 of every server; no authorisation code is ever issued here.
    code_challenge_methods_supported: ['S256'],
  };
}
