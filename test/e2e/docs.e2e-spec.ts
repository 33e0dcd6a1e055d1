import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { OpenAPIObject } from '@nestjs/swagger';
import { createConfig, lint, lintFromString } from '@redocly/openapi-core';
import request from 'supertest';

import { generateClientKeys } from '../../libs/smart-client/src';
import { readConfig } from '../../src/config';
import { openApiDocument } from '../../src/docs';
import { startTestApp, type TestApp } from '../support/app';
import { newTokenClient } from '../support/client-assertion';
import { describedBy } from '../support/described';
import { startProgram } from '../support/processes';

const FILE = join(__dirname, '../../docs/openapi.json');
const EXAMPLE_SERVER = 'https://ehr.example.org';
const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';
const UNKNOWN = { patients: ['p1'], allowUnknown: true };
/** What browsers send when they follow a link. */
const BROWSER =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

describe('pages and the description of the API', () => {
  let service: TestApp;

  const browse = async (path: string): Promise<request.Response> =>
    request(service.url).get(path).set('Accept', BROWSER);

  beforeAll(async () => {
    service = await startTestApp({ ADMIN_TOKEN, FHIR_WRITES: 'true' });
  });

  afterAll(() => service.close());

  it.each(['/', '/docs', '/fhir/metadata', '/fhir/nothing'])(
    'has no inline script or style on %s, under a policy that admits none',
    async (path) => {
      const { text, headers } = await browse(path);

      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toMatch(/script-src 'self';.*style-src 'self';/);
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|<style|\s(?:on\w+|style)=/);
    },
  );

  it.each(['/', '/docs'])('serves everything that %s names', async (path) => {
    const { text } = await browse(path);
    const paths = [...text.matchAll(/\s(?:src|href|action|data-document)="([^"]+)"/g)].map(
      ([, named = '']) => named,
    );

    const statuses = await Promise.all(
      paths.map(async (named) => [named, (await browse(named)).status]),
    );

    expect(paths.length).toBeGreaterThan(6);
    expect(statuses).toStrictEqual(paths.map((named) => [named, 200]));
  });

  it('shows a browser at the root what this is, and that it is ready', async () => {
    const { text } = await browse('/');

    expect(text).toContain('<h1>EHR Bulk Data</h1>');
    expect(text).toContain('Ready to serve');
    expect(text).toContain(service.fhirBase);
    expect(text).not.toContain('Sign in');
  });

  it('has an icon where browsers look for one', async () => {
    const { headers } = await request(service.url).get('/favicon.ico').expect(200);

    expect(headers['content-type']).toBe('image/vnd.microsoft.icon');
  });

  it.each([
    ['get', '/docs/nothing'],
    ['get', '/assets/'],
    ['get', '/assets/nothing.js'],
    ['get', '/assets/..%2fdocs-page.js'],
    ['get', '/docs/%'],
    ['get', '/%E0%A4%A'],
    ['get', '/fhir'],
    ['get', '/fhir/Group/%E0%A4%A'],
    ['get', '/demo/token'],
    ['post', '/demo/token'],
    ['post', '/'],
    ['put', '/docs'],
    ['delete', '/docs-json'],
    ['post', '/assets/page.css'],
    ['post', '/favicon.ico'],
    ['post', '/health/live'],
    ['trace', '/'],
  ] as const)(
    'answers %s %s, which nothing serves, with an OperationOutcome',
    async (method, path) => {
      const program = await request(service.url)[method](path);
      const person = await request(service.url)[method](path).set('Accept', BROWSER);

      expect(program.headers['content-type']).toMatch(/^application\/fhir\+json/);
      expect(JSON.parse(program.text)).toMatchObject({ resourceType: 'OperationOutcome' });
      expect(person.status).toBe(program.status);
      expect(person.text).toContain('OperationOutcome');
      expect(person.text).not.toContain('<pre>Cannot');
    },
  );

  it('sends who is lost to places that exist', async () => {
    const lost = await Promise.all(
      ['/', '/nothing', '/fhir/nothing', '/fhir/Group'].map((path) =>
        request(service.url).get(path).set('Accept', 'application/fhir+json'),
      ),
    );
    const urls = lost.flatMap(({ text }) => text.match(/https?:\/\/[^\s"]*[^\s".,:;]/g) ?? []);

    const statuses = await Promise.all(
      urls
        .filter((url) => url !== service.fhirBase)
        .map(async (url) => [url, (await request(url).get('')).status]),
    );

    expect(lost.map(({ status }) => status)).toStrictEqual([404, 404, 404, 401]);
    expect(lost.every(({ text }) => !text.includes('[base]'))).toBe(true);
    expect(statuses.length).toBeGreaterThan(5);
    expect(statuses.filter(([, status]) => status !== 200)).toStrictEqual([]);
  });

  it.each([
    ['/fhir/metadata', 200, 'text/html'],
    ['/fhir/metadata?_format=json', 200, 'text/html'],
    ['/fhir/metadata?_format=xml', 200, 'application/xml'],
    ['/fhir/OperationDefinition/export', 200, 'text/html'],
    ['/fhir/Group', 401, 'text/html'],
    ['/fhir/Group/INF-101/$export', 401, 'text/html'],
    ['/fhir/Binary/b', 401, 'text/html'],
    ['/fhir/bulk-files/a/b', 401, 'text/html'],
    ['/admin/apps', 401, 'text/html'],
    ['/health/ready', 200, 'application/json'],
  ])('answers a browser at %s with %i in %s, which it shows', async (path, status, mediaType) => {
    const answer = await browse(path);

    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(new RegExp(`^${mediaType}`));
    expect(answer.headers['content-disposition']).toBeUndefined();
    expect(answer.headers['vary']).toMatch(/\bAccept\b/);
  });

  it('gives programs that take HTML as well what they prefer', async () => {
    const accept = 'application/fhir+json, text/html;q=0.5';
    const answer = await request(service.url).get('/fhir/metadata').set('Accept', accept);

    expect(answer.headers['content-type']).toMatch(/^application\/fhir\+json/);
  });

  it('describes each operation, parameter and answer', () => {
    const { paths } = openApiDocument(service.app, service.config);
    const operations = operationsOf(paths);

    const bare = operations.filter(
      ({ summary, tags, parameters = [] }) =>
        !summary ||
        tags?.length !== 1 ||
        parameters.some((p) => !('description' in p && p.description)),
    );

    expect(operations.length).toBeGreaterThan(3);
    expect(bare.map(({ name }) => name)).toStrictEqual([]);
  });

  it('says of each operation whether it wants a token, and what any request may come to', () => {
    const { paths } = openApiDocument(service.app, service.config);
    const operations = operationsOf(paths);

    for (const { operationId, security, requestBody, responses, tags } of operations) {
      const statuses = Object.keys(responses);
      const isPublic = /Token|Jwks|Conformance|OperationDefinitions/.test(operationId ?? '');
      expect([operationId, security?.length === 0]).toStrictEqual([operationId, isPublic]);
      expect(['431', '500'].filter((one) => !statuses.includes(one))).toStrictEqual([]);
      // A form that is too long is no valid request in the words of OAuth.
      const is413 = requestBody !== undefined && !tags?.includes('Authorisation');
      expect([operationId, statuses.includes('413')]).toStrictEqual([operationId, is413]);
    }
  });

  it('describes what operators get as it is', async () => {
    const faultsOf = describedBy(openApiDocument(service.app, service.config));
    const ask = (method: 'get' | 'post' | 'put', path: string, body?: object): request.Test =>
      request(service.url)[method](path).auth(ADMIN_TOKEN, { type: 'bearer' }).send(body);
    const { jwks } = await generateClientKeys('ES384');
    const app = { id: 'my-app', name: 'App', type: 'system', jwks, groups: ['INF-101'] };
    const characteristic = { code: { code: 'a' }, valueBoolean: true };
    const group = { id: 'INF-101', name: 'Group', characteristics: [characteristic] };
    const criteria = { age: { min: 18 } };

    const answers: readonly (readonly [string, request.Test])[] = [
      ['post /admin/apps', ask('post', '/admin/apps', app)],
      ['post /admin/apps', ask('post', '/admin/apps', { name: 'No type' })],
      ['get /admin/apps', ask('get', '/admin/apps')],
      ['get /admin/apps/{id}', ask('get', '/admin/apps/my-app')],
      ['get /admin/apps/{id}', ask('get', '/admin/apps/none')],
      ['post /admin/apps/{id}/disable', ask('post', '/admin/apps/my-app/disable')],
      ['post /admin/groups', ask('post', '/admin/groups', group)],
      ['post /admin/groups', ask('post', '/admin/groups', { id: 'S', name: 'S', criteria })],
      ['get /admin/groups', ask('get', '/admin/groups')],
      ['get /admin/groups/{id}/preview', ask('get', '/admin/groups/INF-101/preview')],
      ['put /admin/groups/{id}/members', ask('put', '/admin/groups/INF-101/members', UNKNOWN)],
    ];

    const faults: string[] = [];
    for (const [operation, answer] of answers) {
      faults.push(...faultsOf(operation, await answer));
    }
    expect(faults).toStrictEqual([]);
  });

  it('describes what apps get as it is', async () => {
    const faultsOf = describedBy(openApiDocument(service.app, service.config));
    const client = await newTokenClient(service);
    const granted = await client.ask();
    const introspected = await request(service.url)
      .post('/fhir/auth/introspect')
      .auth(ADMIN_TOKEN, { type: 'bearer' })
      .type('form')
      .send({ token: (granted.body as { readonly access_token: string }).access_token });

    expect([
      ...faultsOf('post /fhir/auth/token', granted),
      ...faultsOf('post /fhir/auth/token', await client.ask({}, { scope: 'none' })),
      ...faultsOf('post /fhir/auth/introspect', introspected),
      ...faultsOf('get /fhir/auth/jwks', await request(service.url).get('/fhir/auth/jwks')),
    ]).toStrictEqual([]);
    expect(introspected.body).toMatchObject({ active: true });
  });

  it('lists its chapters in the order of the work, each of them described', () => {
    const { tags = [], paths } = openApiDocument(service.app, service.config);
    const used = operationsOf(paths).flatMap((operation) => operation.tags ?? []);

    expect(
      [...new Set(used)].filter((tag) => !tags.some(({ name }) => name === tag)),
    ).toStrictEqual([]);
  });

  describe('at a deployment', () => {
    const ELSEWHERE = {
      TOKEN_ENDPOINT_ENABLED: 'false',
      TRUSTED_ISSUER: 'https://login.example.org',
      TRUSTED_ISSUER_JWKS_URL: 'https://login.example.org/jwks',
      TRUSTED_ISSUER_TOKEN_URL: 'https://login.example.org/token',
    };
    const SIGNED_URLS = { STORAGE_DRIVER: 's3', S3_BUCKET: 'b', S3_PRESIGNED_DOWNLOADS: 'true' };
    const documentOf = (variables: Readonly<Record<string, string>>): OpenAPIObject =>
      openApiDocument(service.app, readConfig({ ...service.environment, ...variables }));

    it.each([
      ['operators’ routes', { ADMIN_TOKEN: '' }, /"\/admin|Operators:|"operator"|AppView/],
      ['the token endpoint', ELSEWHERE, /\/auth\/token|TokenForm|five minutes|300 seconds/],
      [
        'kick-offs by GET',
        { BULK_DATA_VERSION: '4.0-ballot' },
        /byGet|"outputOrganizedBy","error"/i,
      ],
      ['tokens at signed URLs', SIGNED_URLS, /-OJ -H/],
    ])('leaves out %s where there are none', (_, variables, absent) => {
      expect(JSON.stringify(documentOf(variables))).not.toMatch(absent);
      expect(JSON.stringify(documentOf({}))).toMatch(absent);
    });

    it.each([
      [
        'the token endpoint of another server',
        ELSEWHERE,
        'TOKEN_URL=https://login.example.org/token',
      ],
      ['the lifetime of tokens', { TOKEN_LIFETIME_SECONDS: '120' }, 'It lives for 120 seconds'],
      ['kick-offs by POST alone', { BULK_DATA_VERSION: '4.0-ballot' }, 'curl -s -X POST -D'],
    ])('describes %s', (_, variables, text) => {
      expect(documentOf(variables).info.description).toContain(text);
      expect(documentOf({}).info.description).not.toContain(text);
    });

    it.each([
      ['without operators', { ADMIN_TOKEN: '' }],
      ['without a token endpoint', ELSEWHERE],
      ['of 4.0-ballot', { BULK_DATA_VERSION: '4.0-ballot' }],
    ])('passes a linter of OpenAPI %s', async (_, variables) => {
      const config = await createConfig({ extends: ['recommended-strict'] });
      const source = JSON.stringify(documentOf(variables)).replaceAll(service.url, EXAMPLE_SERVER);

      const problems = await lintFromString({ source, config });

      expect(problems.map(({ ruleId, location: [at] }) => [ruleId, at?.pointer])).toStrictEqual([]);
    });
  });

  it('has an example of every failure that is of its own operation', () => {
    const { paths } = openApiDocument(service.app, service.config);
    const failures = operationsOf(paths).flatMap(({ name, responses }) =>
      Object.entries(responses).flatMap(([status, response]) => {
        const outcome =
          response && 'content' in response && response.content?.['application/fhir+json'];
        if (Number(status) < 400 || !response || !outcome) return [];
        return [
          { name, status, description: response.description, example: outcome.example as unknown },
        ];
      }),
    );

    expect(failures.length).toBeGreaterThan(50);
    for (const { description, example } of failures) {
      expect(example).toMatchObject({ issue: [{ diagnostics: description }] });
    }
  });

  it.each([
    ['/fhir/Group/{id}/$export', '_type', 'Observation'],
    ['/fhir/Group/{id}/$export', 'includeAssociatedData', 'LatestProvenanceResources'],
    ['/fhir/Patient/$export', 'organizeOutputBy', 'Patient'],
    ['/fhir/$export', 'allowPartialManifests', 'true'],
    ['/fhir/$export', '_outputFormat', 'ndjson'],
    ['/fhir/Group', 'type', 'person'],
    ['/fhir/Group', '_include', 'Group:member'],
    ['/fhir/bulk-status/{job}', '_format', 'xml'],
    ['/fhir/OperationDefinition/{id}', 'id', 'group-export'],
  ])('lists the values of %s: %s', (path, name, value) => {
    const parameters = openApiDocument(service.app, service.config).paths[path]?.get?.parameters;
    const found = parameters?.find((one) => 'name' in one && one.name === name);

    expect(JSON.stringify(found)).toMatch(new RegExp(`"enum":\\[[^\\]]*"${value}"`));
  });

  it('has bodies for operators’ requests that are good as they stand', async () => {
    const { paths } = openApiDocument(service.app, service.config);
    const bodyOf = (path: string, method: 'post' | 'put' | 'patch'): object => {
      const body = paths[path]?.[method]?.requestBody;
      const content = body && 'content' in body ? body.content['application/json'] : undefined;
      const example = content?.examples?.['example'] as { value: object } | undefined;
      return example?.value ?? {};
    };
    const send = async (method: 'post' | 'put' | 'patch', path: string, at = path) =>
      request(service.url)
        [method](at)
        .auth(ADMIN_TOKEN, { type: 'bearer' })
        .send(bodyOf(path, method));

    const app = await send('post', '/admin/apps');
    const { id } = app.body as { id: string };
    const answers = [
      app,
      await send('put', '/admin/apps/{id}/keys', `/admin/apps/${id}/keys`),
      await send('put', '/admin/apps/{id}/licence', `/admin/apps/${id}/licence`),
      await send('post', '/admin/groups'),
      await send('patch', '/admin/groups/{id}', '/admin/groups/INF-102'),
    ];

    expect(answers.map(({ status }) => status)).toStrictEqual([201, 200, 200, 201, 200]);
  });

  it('is described in docs/openapi.json; UPDATE_OPENAPI=1 writes that file', () => {
    const document = JSON.stringify(openApiDocument(service.app, service.config), null, 2);
    const text = `${document.replaceAll(service.url, EXAMPLE_SERVER)}\n`;
    if (process.env['UPDATE_OPENAPI'] === '1') writeFileSync(FILE, text);

    expect(readFileSync(FILE, 'utf8')).toBe(text);
  });

  it('passes a linter of OpenAPI', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });

    const problems = await lint({ ref: FILE, config });

    expect(problems.map(({ ruleId, location: [at] }) => [ruleId, at?.pointer])).toStrictEqual([]);
  });

  it('is served by the built service as it is committed', async () => {
    const built = await startProgram('api', { ...service.environment, ROLE: 'api' });

    const answer = await request(`http://127.0.0.1:${built.port}`).get('/docs-json');
    await built.end('SIGTERM');

    const served = JSON.stringify(answer.body, null, 2).replaceAll(service.url, EXAMPLE_SERVER);
    expect(`${served}\n`).toBe(readFileSync(FILE, 'utf8'));
  });
});

type Paths = ReturnType<typeof openApiDocument>['paths'];
type Operation = NonNullable<Paths[string]['get']> & { readonly name: string };

function operationsOf(paths: Paths): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ name: `${method} ${path}`, ...operation }] : [];
    }),
  );
}
