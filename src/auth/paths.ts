/** Where the OAuth endpoints are, below the FHIR base. */
export const TOKEN_PATH = 'auth/token';
export const JWKS_PATH = 'auth/jwks';
export const INTROSPECTION_PATH = 'auth/introspect';
