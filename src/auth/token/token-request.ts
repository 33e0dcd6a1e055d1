import { REQUEST_LIMITS } from '../../common';
import { type ClientCredential, readClientCredential } from './client-credential';
import { formFields } from './form-fields';
import { invalidRequest, OAuthError } from './oauth.error';

/** A token request whose form is complete (JW-01 to JW-04); nothing in it is verified yet. */
export interface TokenRequest {
  readonly scope: string;
  readonly credential: ClientCredential;
}

/** @throws OAuthError invalid_request, unsupported_grant_type, or invalid_client for HTTP Basic */
export function readTokenRequest(form: unknown, authorization?: string): TokenRequest {
  const fields = formFields(form);
  if (fields.required('grant_type') !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'grant_type must be client_credentials.');
  }
  const credential = readClientCredential(fields, authorization);
  const scope = fields.optional('scope');
  if (scope === undefined) throw invalidRequest('scope is missing.');
  if (scope.length > REQUEST_LIMITS.scopeCharacters) throw scopeTooLong();
  return { credential, scope };
}

/** Before the assertion is verified: no more is done for what could not be granted anyway. */
function scopeTooLong(): OAuthError {
  return new OAuthError(
    'invalid_scope',
    `scope may have ${REQUEST_LIMITS.scopeCharacters} characters at most. Ask for fewer scopes, or for system/*.rs.`,
  );
}
