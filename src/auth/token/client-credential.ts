import type { FormFields } from './form-fields';
import { invalidClient, invalidRequest, type OAuthError } from './oauth.error';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a client shows to prove who it is; nothing in it is verified yet. */
export interface ClientCredential {
  readonly assertion: string;
  /** The optional form field; must agree with the assertion (JW-15). */
  readonly clientId: string | undefined;
}

/**
 * Reads the fields of private_key_jwt (JW-03, JW-04).
 *
 * @param authorization the header, which carries no credential of clients here
 * @throws OAuthError invalid_request; invalid_client for a client that tries HTTP Basic (RFC 6749 §5.2)
 */
export function readClientCredential(
  fields: FormFields,
  authorization: string | undefined,
): ClientCredential {
  const tried = (name: string): boolean => fields.optional(name) !== undefined;
  const withBasic = /^basic\b/i.test(authorization ?? '');
  if (withBasic && !tried('client_assertion')) throw basicRefused();
  if (withBasic || (tried('client_secret') && tried('client_assertion'))) {
    throw invalidRequest('Authenticate in one way only: by client_assertion (private_key_jwt).');
  }
  if (fields.required('client_assertion_type') !== ASSERTION_TYPE) {
    throw invalidRequest(`client_assertion_type must be ${ASSERTION_TYPE}.`);
  }
  return {
    assertion: fields.required('client_assertion'),
    clientId: fields.optional('client_id') || undefined,
  };
}

function basicRefused(): OAuthError {
  return invalidClient(
    'basic',
    'Clients authenticate by client_assertion (private_key_jwt), not by HTTP Basic.',
    { headers: { 'WWW-Authenticate': 'Basic realm="private_key_jwt only"' } },
  );
}
