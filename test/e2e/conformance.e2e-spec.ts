import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import request from 'supertest';

import { OFFERED_BY_DEFAULT, type ResourceType } from '@app/fhir';
import { checkSearch, UnsupportedSearchError } from '@app/fhir-search';

import { readHl7Definitions } from '../../scripts/search-definitions/hl7-definitions';
import { startTestApp, type TestApp } from '../support/app';
import { registerApp } from '../support/registered-app';

interface CapabilityStatement {
  readonly instantiates: readonly string[];
  readonly date: string;
  readonly software: { readonly version: string };
  readonly implementation: { readonly url: string };
  readonly rest: readonly [
    {
      readonly security: {
        readonly extension: readonly { readonly extension: readonly object[] }[];
        readonly service: readonly { readonly coding: readonly { readonly code: string }[] }[];
      };
      readonly operation?: readonly object[];
      readonly resource: readonly {
        readonly type: string;
        readonly interaction?: readonly { readonly code: string }[];
        readonly searchParam?: readonly {
          readonly name: string;
          readonly definition?: string;
          readonly type: string;
          readonly documentation?: string;
          readonly extension?: readonly object[];
        }[];
        readonly operation?: readonly { readonly name: string; readonly definition: string }[];
      }[];
    },
  ];
}

const hl7 = readHl7Definitions(`${__dirname}/../..`);

/** Whether the checker of filters knows a parameter, whatever it says of the value. */
function isParameter(type: ResourceType, name: string): boolean {
  try {
    checkSearch(type, `${name}=2020`);
    return true;
  } catch (error) {
    if (!(error instanceof UnsupportedSearchError)) throw error;
    return error.code !== 'not-supported';
  }
}

describe('what the service says of itself', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startTestApp();
  });

  afterAll(() => service.close());

  describe('GET metadata', () => {
    const statement = async (): Promise<CapabilityStatement> =>
      (await request(service.url).get('/fhir/metadata').expect(200)).body as CapabilityStatement;

    it('is a CapabilityStatement of this instance, without a token (CS-11)', async () => {
      const answer = await request(service.url).get('/fhir/metadata').expect(200);

      expect(answer.headers['content-type']).toMatch(/^application\/fhir\+json/);
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.body).toMatchObject({
        resourceType: 'CapabilityStatement',
        status: 'active',
        kind: 'instance',
        fhirVersion: '4.0.1',
        format: ['application/fhir+json', 'json', 'application/fhir+xml', 'xml'],
        implementation: { url: service.fhirBase },
      });
    });

    it('instantiates the Bulk Data CapabilityStatement (CS-01)', async () => {
      expect((await statement()).instantiates).toContain(
        'http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data',
      );
    });

    it('lists export for the system, Group and Patient, by its name and definition (CS-02 to CS-06)', async () => {
      const { rest } = await statement();
      const operations = rest[0].resource.filter(({ operation }) => operation !== undefined);

      expect(operations.map(({ type }) => type)).toStrictEqual(['Group', 'Patient']);
      expect(operations[0]?.operation).toMatchObject([
        {
          name: 'export',
          definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export',
        },
      ]);
      expect(operations[1]?.operation).toMatchObject([
        {
          name: 'export',
          definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export',
        },
      ]);
      expect(rest[0].operation).toMatchObject([
        {
          name: 'export',
          definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export',
        },
      ]);
    });

    it('lists every type that can be exported (CS-07)', async () => {
      const { rest } = await statement();

      expect(rest[0].resource.map(({ type }) => type)).toStrictEqual([...OFFERED_BY_DEFAULT]);
    });

    it.each(OFFERED_BY_DEFAULT)(
      'lists for %s exactly the search parameters of R4 that _typeFilter takes (CS-07, CS-08, PR-70, PR-81)',
      async (type) => {
        const { resource } = (await statement()).rest[0];
        const params = resource.find((one) => one.type === type)?.searchParam ?? [];
        const usable = params.filter(({ extension }) => extension === undefined);
        const known = hl7.parameters.filter(
          ({ base }) => base.includes(type) || base.includes('Resource'),
        );

        const taken = known.filter(({ code }) => isParameter(type, code));

        expect(usable.map(({ name }) => name).sort()).toStrictEqual(
          taken.map(({ code }) => code).sort(),
        );
        for (const { name, definition, type: kind } of usable) {
          expect(taken).toContainEqual(
            expect.objectContaining({ code: name, url: definition, type: kind }),
          );
        }
        expect(params.length - usable.length).toBe(type === 'Group' ? 1 : 0);
      },
    );

    it('lists the searches of Group that the server answers, and no others', async () => {
      const token = await (await registerApp(service)).token();
      const group = (await statement()).rest[0].resource.find(({ type }) => type === 'Group');
      const names = (group?.searchParam ?? [])
        .filter(({ documentation }) => !documentation?.startsWith('Only in _typeFilter'))
        .map(({ name }) => name);
      const values: Readonly<Record<string, string>> = {
        'characteristic-value': 'a$b',
        type: 'person',
      };

      const statuses = await Promise.all(
        [...names, 'managing-entity'].map(async (name) => {
          const { status } = await request(service.url)
            .get('/fhir/Group')
            .query({ [name]: values[name] ?? 'a' })
            .set('Authorization', `Bearer ${token}`);
          return status;
        }),
      );

      expect(statuses).toStrictEqual([...names.map(() => 200), 400]);
      expect(names).toHaveLength(7);
      expect(group?.interaction?.map(({ code }) => code)).toStrictEqual([
        ...['read', 'search-type', 'create', 'update', 'delete'],
      ]);
    });

    it('names SMART-on-FHIR and the token endpoint (CS-11, SM-10)', async () => {
      const { security } = (await statement()).rest[0];

      expect(security.service[0]?.coding[0]?.code).toBe('SMART-on-FHIR');
      expect(security.extension[0]?.extension).toStrictEqual([
        { url: 'token', valueUri: `${service.fhirBase}/auth/token` },
        { url: 'introspect', valueUri: `${service.fhirBase}/auth/introspect` },
      ]);
    });

    it('says the version that is built, and the same on every request', async () => {
      const manifest = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
        version: string;
      };

      const [first, second] = [await statement(), await statement()];

      expect(first.software.version).toBe(manifest.version);
      expect(second).toStrictEqual(first);
    });

    it('answers 406 when neither JSON nor XML is accepted (HD-09)', async () => {
      await request(service.url).get('/fhir/metadata').set('Accept', 'image/png').expect(406);
    });
  });

  describe('GET .well-known/smart-configuration', () => {
    const configuration = async (): Promise<{ readonly scopes_supported: readonly string[] }> =>
      (await request(service.url).get('/fhir/.well-known/smart-configuration').expect(200))
        .body as { readonly scopes_supported: readonly string[] };

    it('is JSON below the FHIR base without a token, whatever Accept says (SM-01, SM-02)', async () => {
      const answer = await request(service.url)
        .get('/fhir/.well-known/smart-configuration')
        .set('Accept', 'text/html')
        .expect(200);

      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.headers['access-control-allow-origin']).toBe('*');
    });

    it.each([
      '/.well-known/smart-configuration',
      '/.well-known/smart-configuration?x=1',
      '/.well-known/smart-configuration/fhir',
    ])('is the same at the root of the origin, %s, without a token (SM-01)', async (path) => {
      const answer = await request(service.url).get(path).set('Accept', 'text/html').expect(200);

      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.body).toStrictEqual(await configuration());
    });

    it('answers other methods with 405 and other paths with 404, at the root too (SM-01)', async () => {
      const path = '/.well-known/smart-configuration';

      const posted = await request(service.url).post(path);
      const elsewhere = await request(service.url).get(`${path}/other`);

      expect([posted.status, posted.headers['allow']]).toStrictEqual([405, 'GET']);
      expect(elsewhere.status).toBe(404);
    });

    it('names the introspection endpoint (SM-03, SM-09)', async () => {
      expect(await configuration()).toMatchObject({
        introspection_endpoint: `${service.fhirBase}/auth/introspect`,
        introspection_endpoint_auth_methods_supported: ['private_key_jwt'],
      });
    });

    it('names the token endpoint by its absolute URL and what it takes (SM-03 to SM-05)', async () => {
      const body = await configuration();

      expect(body).toMatchObject({
        token_endpoint: `${service.fhirBase}/auth/token`,
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining([
          'RS384',
          'ES384',
        ]) as string[],
        capabilities: ['client-confidential-asymmetric', 'permission-v2', 'permission-v1'],
        code_challenge_methods_supported: ['S256'],
      });
    });

    it('leaves out what needs users or an identity provider (SM-07, SM-08)', async () => {
      const body = await configuration();

      expect(body).not.toHaveProperty('authorization_endpoint');
      expect(body).not.toHaveProperty('issuer');
      expect(body).not.toHaveProperty('jwks_uri');
    });

    it('lists only scopes that are granted (SM-06)', async () => {
      const app = await registerApp(service, { allFeeds: true });
      const body = await configuration();
      const sample = [
        'system/*.rs',
        'system/*.read',
        'system/*.cud',
        ...body.scopes_supported.slice(-2),
      ];

      const tokens = await Promise.all(sample.map((scope) => app.token(scope)));

      expect(body.scopes_supported).toStrictEqual(
        expect.arrayContaining(sample) as readonly string[],
      );
      expect(tokens).toHaveLength(sample.length);
    });
  });
});
