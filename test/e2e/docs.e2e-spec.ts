import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createConfig, lint } from '@redocly/openapi-core';
import request from 'supertest';

import { generateClientKeys } from '../../libs/smart-client/src';
import { openApiDocument } from '../../src/docs';
import { startTestApp, type TestApp } from '../support/app';
import { newTokenClient } from '../support/client-assertion';
import { describedBy } from '../support/described';
import { startProgram } from '../support/processes';

const FILE = join(__dirname, '../../docs/openapi.json');
const EXAMPLE_SERVER = 'https://ehr.example.org';
const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';
const UNKNOWN = { patients: ['p1'], allowUnknown: true };

describe('/docs', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startTestApp({ ADMIN_TOKEN });
  });

  afterAll(() => service.close());

  it('is a page without inline script, under the content security policy of all pages', async () => {
    const { text, headers } = await request(service.url).get('/docs').expect(200);

    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
    expect(text).not.toMatch(/\son\w+=/);
  });

  it('serves every script and style that the page names', async () => {
    const { text } = await request(service.url).get('/docs');
    const paths = [...text.matchAll(/<(?:script|link)[^>]*?(?:src|href)=['"]([^'"]+)['"]/g)].map(
      ([, path = '']) => new URL(path, `${service.url}/docs`).pathname,
    );

    const statuses = await Promise.all(
      paths.map(async (path) => [path, (await request(service.url).get(path)).status]),
    );

    expect(paths).toContain('/docs/assets/sign-in.js');
    expect(statuses).toStrictEqual(paths.map((path) => [path, 200]));
  });

  it('describes each operation, parameter and answer', () => {
    const { paths } = openApiDocument(service.app, service.config);
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      (['get', 'post', 'delete', 'put'] as const).flatMap((method) => {
        const operation = item[method];
        return operation ? [{ name: `${method} ${path}`, ...operation }] : [];
      }),
    );

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
    const operations = Object.values(paths).flatMap((item) =>
      [item.get, item.post, item.put, item.patch, item.delete].filter((one) => one !== undefined),
    );

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
    const used = Object.values(paths).flatMap((item) =>
      [item.get, item.post, item.delete].flatMap((operation) => operation?.tags ?? []),
    );

    expect(
      [...new Set(used)].filter((tag) => !tags.some(({ name }) => name === tag)),
    ).toStrictEqual([]);
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
