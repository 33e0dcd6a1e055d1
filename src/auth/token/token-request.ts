import { invalidRequest, OAuthError } from './oauth.error';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A token request whose form is complete (JW-01 to JW-04); nothing in it is verified yet. */
export interface TokenRequest {
  readonly scope: string;
  readonly assertion: string;
  /** The optional form field; must agree with the assertion (JW-15). */
  readonly clientId: string | undefined;
}

/** @throws OAuthError invalid_request or unsupported_grant_type */
export function readTokenRequest(form: unknown): TokenRequest {
  const fields = typeof form === 'object' && form !== null ? form : {};
  const field = (name: string): string | undefined => {
    const value: unknown = Object.hasOwn(fields, name)
      ? (fields as Readonly<Record<string, unknown>>)[name]
      : undefined;
    if (value === undefined || typeof value === 'string') return value;
    throw invalidRequest(`${name} must be given once.`);
  };
  const required = (name: string): string => {
    const value = field(name);
    if (value === undefined) throw invalidRequest(`${name} is missing.`);
    return value;
  };

  if (required('grant_type') !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'grant_type must be client_credentials.');
  }
  if (required('client_assertion_type') !== ASSERTION_TYPE) {
    throw invalidRequest(`client_assertion_type must be ${ASSERTION_TYPE}.`);
  }
  return {
    assertion: required('client_assertion'),
    scope: required('scope'),
    clientId: field('client_id') || undefined,
  };
}
