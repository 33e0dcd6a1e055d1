import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type CommandNeed, readCommandConfig } from './command-config';
import { ConfigurationError } from './configuration.error';
import { embeddedSigningKeys } from './embedded';
import { envExample } from './env-example';
import { misspelt } from './misspelt';
import { readConfig } from './read-config';
import { withSecretFiles } from './secret-files';
import type { Given } from './validate';
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

function expectThrow(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('It was not refused.');
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
      expect.stringMatching(/^EXPORT_FILE_MAX_BYTES: must be a whole number, 1 or more/),
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

  it.each(Object.entries(VARIABLES).filter(([, variable]) => variable.secret))(
    'takes the secret %s from the file that %s_FILE names, and not from two places',
    (name) => {
      const [setting, file] = [`${name}_FILE`, join(mkdtempSync(join(tmpdir(), 'secret-')), 's')];
      const faultsOfFile = (environment: Given): string =>
        String(expectThrow(() => withSecretFiles(environment)));

      expect(faultsOfFile({ [setting]: file })).toContain(`${setting}: ${file} cannot be read`);
      writeFileSync(file, '\n');
      expect(faultsOfFile({ [setting]: file })).toContain(`${setting}: ${file} is empty`);
      writeFileSync(file, 'secret-word\n');
      expect(withSecretFiles({ [setting]: file })[name]).toBe('secret-word');
      expect(faultsOfFile({ [setting]: file, [name]: 'secret-word' })).toMatch(
        new RegExp(`${name} and ${setting}: set one of them`),
      );
      rmSync(file);
    },
  );

  it('refuses an ADMIN_PORT that is the public one', () => {
    expect(faultsOf({ ...COMPLETE, ADMIN_PORT: '3000' })).toStrictEqual([
      'ADMIN_PORT: must differ from PORT',
    ]);
  });

  it('takes an empty variable for a missing one', () => {
    expect(faultsOf({ ...COMPLETE, DATABASE_URL: '' })).toStrictEqual(['DATABASE_URL is required']);
  });

  it('makes a signing key of its own in the embedded mode only', () => {
    const rest = { ...COMPLETE, TOKEN_SIGNING_KEYS: '' };

    expect(readConfig({ ...rest, EMBEDDED: 'true' }).auth.signingKeys).toHaveLength(1);
    expect(faultsOf(rest)).toStrictEqual(['TOKEN_SIGNING_KEYS is required']);
  });

  it.each([
    ['FAULTS', 'source:Goal'],
    ['DEMO_CLIENT_FILE', '/home/me/client.json'],
  ])('refuses %s outside the embedded mode', (name, value) => {
    expect(faultsOf({ ...COMPLETE, [name]: value })).toStrictEqual([
      expect.stringMatching(new RegExp(`^${name} is for .* only: remove it, or set EMBEDDED`)),
    ]);
    expect(faultsOf({ ...COMPLETE, [name]: value, EMBEDDED: 'true' })).toStrictEqual([]);
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

  it.each([
    [{ EMBEDDED: 'maybe' }, 'EMBEDDED: must be true or false'],
    [{ PORT: '70000' }, 'PORT: must be a whole number from 1 to 65535'],
    [{ STORAGE_DRIVER: 'disk' }, 'STORAGE_DRIVER: must be one of local, s3'],
    [
      { S3_SERVER_SIDE_ENCRYPTION: 'x' },
      'S3_SERVER_SIDE_ENCRYPTION: must be one of AES256, aws:kms',
    ],
    [{ LOG_LEVEL: 'x" not in choices [y' }, /^LOG_LEVEL: must be one of fatal, error, /],
    [
      { TOKEN_SIGNING_KEYS: 'secret' },
      'TOKEN_SIGNING_KEYS: must be a JSON Web Key Set: {"keys":[…]}',
    ],
    [{ TOKEN_LIFETIME_SECONDS: '0' }, 'TOKEN_LIFETIME_SECONDS: must be a whole number, 1 or more'],
    [
      { EXPORT_RETENTION_SECONDS: '0' },
      'EXPORT_RETENTION_SECONDS: must be a whole number, 1 or more',
    ],
    [{ DATABASE_POOL_SIZE: '1e2' }, 'DATABASE_POOL_SIZE: must be a whole number, 1 or more'],
    [
      { HTTP_STALL_SECONDS: '2147484' },
      'HTTP_STALL_SECONDS: must be a whole number from 1 to 2147483',
    ],
    [{ START_WAIT_SECONDS: '-1' }, 'START_WAIT_SECONDS: must be a whole number from 0 to 2147483'],
    [
      { PUBLIC_URL: 'https://me:pw@ehr.example.org' },
      /^PUBLIC_URL: must be .* URL without credentials, query or fragment$/,
    ],
    [{ BASE_PATH: '/admin/fhir' }, /^BASE_PATH: must not begin with \/admin, /],
    [
      { DATABASE_URL: 'postgres://b:s,t@db1:5432,db2:5432/bulk' },
      /^DATABASE_URL: must name one host/,
    ],
    [{ DATABASE_URL: 'postgres://db1,db2/bulk' }, /^DATABASE_URL: must name one host/],
    [{ REDIS_URL: 'rediss://:s@r1:26379,r2:26379/0' }, /^REDIS_URL: must name one host/],
    [{ BASE_PATH: '/docs' }, /^BASE_PATH: must not begin with .*\/docs/],
    [
      { DATABASE_URL: 'postgres://db/bulk?sslmode=on' },
      /^DATABASE_URL: must have one of disable, .* as its sslmode$/,
    ],
    [
      { REDIS_URL: 'redis://redis/zero' },
      'REDIS_URL: must end with the number of a database, such as /0',
    ],
    [
      { S3_PRESIGNED_DOWNLOADS: 'true' },
      'S3_PRESIGNED_DOWNLOADS: is for STORAGE_DRIVER=s3; remove it',
    ],
  ])('says for %j what is accepted', (given, fault) => {
    const [first, ...more] = faultsOf({ ...COMPLETE, ...given });

    expect(first).toMatch(fault);
    expect(more).toStrictEqual([]);
  });

  it.each([
    ['DATABASE_URL', 'postgres://bulk:p/ss@db/bulk'],
    ['DATABASE_URL', 'postgres://bulk:p#ss@db/bulk'],
    ['DATABASE_URL', 'postgres://bulk:p%ss@db/bulk'],
    ['REDIS_URL', 'redis://:p%ss@redis:6379'],
    ['CLINICAL_READ_URL', 'postgres://bulk:p/ss@db/bulk'],
  ])('refuses a %s with a password that no driver can read: %s', (name, url) => {
    expect(faultsOf({ ...COMPLETE, [name]: url })).toStrictEqual([
      `${name}: must be a URL: write special characters of its password as @ = %40, # = %23, / = %2F, % = %25`,
    ]);
  });

  it.each(['postgres://db/bulk?sslmode=require', 'postgres:///bulk?host=/run/postgresql'])(
    'takes the DATABASE_URL %s',
    (url) => {
      expect(readConfig({ ...COMPLETE, DATABASE_URL: url }).database.url).toBe(url);
    },
  );

  it.each(['redis://redis', 'rediss://:word@redis:6380/', 'redis://redis/15'])(
    'takes the REDIS_URL %s',
    (url) => {
      expect(readConfig({ ...COMPLETE, REDIS_URL: url }).redis.url).toBe(url);
    },
  );

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

describe(readCommandConfig.name, () => {
  const DATABASE = { DATABASE_URL: COMPLETE.DATABASE_URL };

  it('asks for the database alone, unless a command needs more', () => {
    const config = readCommandConfig({ ...DATABASE, PORT: 'x', REDIS_URL: 'x' }, []);

    expect(config.database.url).toBe(DATABASE.DATABASE_URL);
    expect(() => config.database.readUrl).toThrow('did not ask for "readUrl"');
    expect(() => readCommandConfig(DATABASE, ['fhir-base'])).toThrow('PUBLIC_URL is required');
  });

  it.each(['key-urls', 'fhir-base', 'packing'] satisfies CommandNeed[])(
    'reads no variable for %s that it does not name',
    (need) => {
      expect(() => readCommandConfig(COMPLETE, [need])).not.toThrow();
    },
  );
});

describe(misspelt.name, () => {
  it.each([
    ['EXPORT_RETENTION', 'Is EXPORT_RETENTION_SECONDS meant?'],
    ['STORAGE_DIR', 'Is STORAGE_DIRECTORY meant?'],
    ['DATABASE_URI', 'Is DATABASE_URL meant?'],
    ['DATABSE_URL', 'Is DATABASE_URL meant?'],
    ['database_url', 'Is DATABASE_URL meant?'],
    ['REDIS_PREFX', 'Is REDIS_PREFIX meant?'],
    ['TOKEN_SIGNING_KEY', 'Is TOKEN_SIGNING_KEYS meant?'],
    ['S3_SECRET_KEY', 'Is S3_SECRET_ACCESS_KEY meant?'],
    ['PUBLICURL', 'Is PUBLIC_URL meant?'],
    ['EMBEDED', 'Is EMBEDDED meant?'],
    ['REDIS_PORT', 'Is REDIS_URL meant?'],
    ['EXPORT_TO_MARS_BY_ROCKET', '.env.example lists all.'],
  ])('names %s', (name, hint) => {
    expect(misspelt({ [name]: 'secret-word' })).toStrictEqual([
      `${name} is no setting of this service and has no effect. ${hint}`,
    ]);
  });

  it.each([
    ...['PATH', 'HOME', 'HOSTNAME', 'LANG', 'NODE_ENV', 'AWS_REGION', 'npm_config_port'],
    ...['DATABASE_URL_FILE', 'S3_SECRET_ACCESS_KEY_FILE', 'ADMIN_PORT'],
    ...['HTTP_PROXY', 'REDIS_SERVICE_HOST', 'REDIS_PORT_6379_TCP_ADDR', 'PORT', 'STORAGE_DRIVER'],
  ])('has nothing against %s', (name) => {
    expect(misspelt({ [name]: 'x' })).toStrictEqual([]);
  });

  it('has nothing against the links of Kubernetes', () => {
    expect(misspelt({ REDIS_PORT: 'tcp://10.0.0.1:6379' })).toStrictEqual([]);
  });

  it('does not suggest what is set already', () => {
    expect(misspelt({ DATABASE_URI: 'x', DATABASE_URL: 'x' })[0]).not.toContain(
      'Is DATABASE_URL meant',
    );
  });
});
