import { OAuthError } from './oauth.error';
import { readTokenRequest } from './token-request';

const FORM = {
  grant_type: 'client_credentials',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: 'a.b.c',
  scope: 'system/*.rs',
};

function codeOf(form: unknown): string {
  try {
    readTokenRequest(form);
    return 'accepted';
  } catch (error) {
    if (error instanceof OAuthError) return error.code;
    throw error;
  }
}

describe('readTokenRequest', () => {
  it('reads a complete form (JW-01 to JW-04)', () => {
    expect(readTokenRequest(FORM)).toStrictEqual({
      credential: { assertion: 'a.b.c', clientId: undefined },
      scope: 'system/*.rs',
    });
  });

  it.each(Object.keys(FORM))('refuses a form without %s as invalid_request (§26)', (name) => {
    expect(codeOf({ ...FORM, [name]: undefined })).toBe('invalid_request');
  });

  it.each(Object.keys(FORM))(
    'refuses %s given twice as invalid_request (RFC 6749 §3.2)',
    (name) => {
      expect(codeOf({ ...FORM, [name]: ['a', 'b'] })).toBe('invalid_request');
    },
  );

  it.each(['grant_type', 'client_assertion_type', 'client_assertion'])(
    'takes a %s without a value for a missing one (RFC 6749 §3.2)',
    (name) => {
      expect(codeOf({ ...FORM, [name]: '' })).toBe('invalid_request');
    },
  );

  it.each(['authorization_code', 'Client_Credentials', 'refresh_token'])(
    'refuses the grant type "%s" as unsupported_grant_type (JW-01)',
    (grantType) => {
      expect(codeOf({ ...FORM, grant_type: grantType })).toBe('unsupported_grant_type');
    },
  );

  it('refuses another assertion type as invalid_request (JW-03)', () => {
    expect(codeOf({ ...FORM, client_assertion_type: 'saml' })).toBe('invalid_request');
  });

  it.each([undefined, null, 'text', [], Object.create({ ...FORM })])(
    'refuses %j, which is no form, as invalid_request',
    (form) => {
      expect(codeOf(form)).toBe('invalid_request');
    },
  );
});
