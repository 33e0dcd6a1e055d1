import { ConfigurationError, readConfig } from './config';
import { embeddedSigningKeys } from './embedded';
import { envExample } from './env-example';
import { VARIABLES } from './variables';

const COMPLETE = {
  PUBLIC_URL: 'https://ehr.example.org/',
  DATABASE_URL: 'postgres://bulk:secret-word@db/bulk',
  REDIS_URL: 'redis://redis:6379',
  STORAGE_DIRECTORY: '/var/lib/bulk-data',
  TOKEN_SIGNING_KEYS: embeddedSigningKeys(),
};

function faultsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe(readConfig.name, () => {
  it('reads a complete environment and fills in the defaults', () => {
    const config = readConfig(COMPLETE);

    expect(config.http.fhirBase).toBe('https://ehr.example.org/fhir');
    expect(config.auth.tokenLifetime).toBe(300);
    expect(config.role).toBe('api');
  });

  it('lists every fault at once', () => {
    const faults = faultsOf({
      PORT: 'x',
      PUBLIC_URL: 'ehr.example.org',
      EXPORT_FILE_MAX_BYTES: '0',
    });

    expect([...faults].sort()).toStrictEqual([
      expect.stringMatching(/^DATABASE_URL is required/),
      expect.stringMatching(/^EXPORT_FILE_MAX_BYTES: must be a whole number above 0/),
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^PUBLIC_URL: must be an absolute http or https URL/),
      expect.stringMatching(/^REDIS_URL is required/),
      expect.stringMatching(/^STORAGE_DIRECTORY is required/),
      expect.stringMatching(/^TOKEN_SIGNING_KEYS is required/),
    ]);
  });

  it.each(Object.entries(VARIABLES).filter(([, variable]) => variable.secret))(
    'has no default for the secret %s, and never repeats its value',
    (name, variable) => {
      const faults = faultsOf({ ...COMPLETE, [name]: 'secret-word' });

      expect((variable.spec as { default?: unknown }).default).toBeUndefined();
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(name);
      expect(faults[0]).not.toContain('secret-word');
    },
  );

  it('takes an empty variable for a missing one', () => {
    expect(faultsOf({ ...COMPLETE, DATABASE_URL: '' })).toStrictEqual(['DATABASE_URL is required']);
  });

  it('makes a signing key of its own in the embedded mode only', () => {
    const rest = { ...COMPLETE, TOKEN_SIGNING_KEYS: '' };

    expect(readConfig({ ...rest, EMBEDDED: 'true' }).auth.signingKeys).toHaveLength(1);
    expect(faultsOf(rest)).toStrictEqual(['TOKEN_SIGNING_KEYS is required']);
  });

  it.each(['0', '2147483648', '1.5', 'many'])(
    'refuses files of %s resources: a FHIR integer must hold their count',
    (number) => {
      expect(faultsOf({ ...COMPLETE, EXPORT_FILE_MAX_RESOURCES: number })).toStrictEqual([
        'EXPORT_FILE_MAX_RESOURCES: must be a whole number from 1 to 2147483647',
      ]);
    },
  );
  it('leaves the operators’ API off unless there is a token of at least 32 characters', () => {
    const token = 'x'.repeat(32);

    expect(readConfig(COMPLETE).admin.token).toBeUndefined();
    expect(readConfig({ ...COMPLETE, ADMIN_TOKEN: token }).admin.token).toBe(token);
    expect(faultsOf({ ...COMPLETE, ADMIN_TOKEN: token.slice(1) })).toStrictEqual([
      expect.stringMatching(/^ADMIN_TOKEN: must be 32/),
    ]);
  });

  it('cannot be changed afterwards', () => {
    const config = readConfig(COMPLETE);

    expect(() => {
      (config.http as { port: number }).port = 1;
    }).toThrow(TypeError);
  });
});

describe(envExample.name, () => {
  it('describes every variable', () => {
    for (const name of Object.keys(VARIABLES)) {
      expect(envExample()).toMatch(new RegExp(`^#?${name}=`, 'm'));
    }
  });
});
