import { FhirError, forbidden } from '../../common';

/** 401: the request carries no token (RFC 6750 §3: then without an error code). */
export function tokenMissing(): FhirError {
  return new FhirError(
    'An access token is needed: send it as "Authorization: Bearer …". [base]/.well-known/smart-configuration says where to get one.',
    { status: 401, code: 'login', headers: { 'WWW-Authenticate': 'Bearer' } },
  );
}

export function tokenExpired(): FhirError {
  return invalidToken('expired', 'The access token has expired. Ask for a new one.');
}

/** 401: not a token of this service, or changed since. Says no more than that. */
export function tokenInvalid(): FhirError {
  return invalidToken('login', 'The access token is not valid here. Ask for a new one.');
}

export function appDisabled(): FhirError {
  return invalidToken(
    'login',
    'The app that this access token was issued to can no longer be used.',
  );
}

/** 403: the app is of a type that has no bulk access. */
export function notASystemApp(type: string): FhirError {
  return forbidden(
    `This app is registered as a ${type} app, and only System apps may use bulk data. Have its operator register a System app with a JWKS, and use that app's client id.`,
  );
}

function invalidToken(code: 'login' | 'expired', diagnostics: string): FhirError {
  const challenge = `Bearer error="invalid_token", error_description="${diagnostics}"`;
  return new FhirError(diagnostics, {
    status: 401,
    code,
    headers: { 'WWW-Authenticate': challenge },
  });
}
