import { ConfigurationError } from './configuration.error';
import { readConfig } from './read-config';

const ENVIRONMENT = {
  EMBEDDED: 'true',
  PUBLIC_URL: 'https://ehr.example.org',
  DATABASE_URL: 'postgres://db/bulk',
  REDIS_URL: 'redis://redis',
  STORAGE_DIRECTORY: '/tmp/bulk',
};
const ISSUER = {
  TRUSTED_ISSUER: 'https://login.example.org/',
  TRUSTED_ISSUER_JWKS_URL: 'https://login.example.org/jwks',
};

const faultsOf = (settings: Readonly<Record<string, string>>): string => {
  try {
    readConfig({ ...ENVIRONMENT, ...settings });
    return '';
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.join('\n');
    throw error;
  }
};

describe('the settings of a trusted issuer', () => {
  it('have defaults for all but the issuer and its keys (TK-07)', () => {
    expect(readConfig({ ...ENVIRONMENT, ...ISSUER }).auth.trustedIssuer).toStrictEqual({
      issuer: 'https://login.example.org/',
      jwksUrl: 'https://login.example.org/jwks',
      audience: 'https://ehr.example.org/fhir',
      clientClaim: 'client_id',
      scopeClaim: 'scope',
      tokenUrl: undefined,
    });
  });

  it('may be absent', () => {
    expect(readConfig(ENVIRONMENT).auth.trustedIssuer).toBeUndefined();
  });

  it.each([
    ['an issuer without keys', { TRUSTED_ISSUER: 'https://x' }, 'set together'],
    ['keys without an issuer', { TRUSTED_ISSUER_JWKS_URL: 'https://x' }, 'set together'],
    ['this service', { ...ISSUER, TRUSTED_ISSUER: 'https://ehr.example.org/fhir' }, 'this service'],
    ['keys by http', { ...ISSUER, TRUSTED_ISSUER_JWKS_URL: 'http://x' }, 'https URL'],
    ['no way to get a token', { TOKEN_ENDPOINT_ENABLED: 'false' }, 'TRUSTED_ISSUER_TOKEN_URL'],
    ['an unknown way', { ...ISSUER, TOKEN_ENDPOINT_ENABLED: 'false' }, 'TRUSTED_ISSUER_TOKEN_URL'],
  ])('are refused at the start: %s', (_, settings, words) => {
    expect(faultsOf(settings)).toContain(words);
  });
});
