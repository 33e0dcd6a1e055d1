import request, { type Response } from 'supertest';

import { openApiDocument } from '../../src/docs';
import { describedBy } from '../support/described';
import { type Manifest, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';

describe('BULK_DATA_VERSION=4.0-ballot', () => {
  let service: LoadedApp;

  beforeAll(async () => {
    service = await startLoadedApp(2, { BULK_DATA_VERSION: '4.0-ballot' });
  });

  afterAll(() => service.close());

  const path = '/fhir/Group/INF-101/$export';
  const post = (parameter: readonly object[], prefer = 'respond-async'): Promise<Response> =>
    request(service.url)
      .post(path)
      .auth(service.token, { type: 'bearer' })
      .set('Content-Type', 'application/fhir+json')
      .set('Prefer', prefer)
      .send(JSON.stringify({ resourceType: 'Parameters', parameter }));

  it('refuses kick-offs by GET, and says how to do it (KO-05, KR-04)', async () => {
    const answer = await request(service.url).get(path).auth(service.token, { type: 'bearer' });

    const { text } = await request(service.url).get('/fhir/metadata');
    expect(text).not.toContain('"GET, or POST');
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('POST');
    expect(answer.body).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'not-supported' }],
    });
  });

  it('exports by POST, and answers with its manifest (KO-06, EN-02, MF-04, MF-16)', async () => {
    const parameter = [
      { name: '_type', valueString: 'Patient' },
      { name: '_type', valueString: 'Goal' },
      { name: 'includeAssociatedData', valueCoding: { code: 'LatestProvenanceResources' } },
      { name: '_foo', valueString: '1' },
    ];
    const started = await post(parameter, 'respond-async, handling=lenient');
    const statusUrl = started.headers['content-location'] as string;

    const manifest = await manifestOf(service, statusUrl, service.token);

    const faultsOf = describedBy(openApiDocument(service.app, service.config));
    const answer = { status: 200, body: manifest };
    expect(faultsOf('get /fhir/bulk-status/{job}', answer)).toStrictEqual([]);
    expect(started.status).toBe(202);
    expect(manifest).not.toHaveProperty('request');
    expect(manifest).not.toHaveProperty('error');
    expect(manifest).toMatchObject({
      outputFormat: 'application/fhir+ndjson',
      outcome: [{ count: 1 }],
    });
    expect(
      new Set(manifest.output.map(({ type }: Manifest['output'][number]) => type)),
    ).toStrictEqual(new Set(['Goal', 'Patient', 'Provenance']));
  });
});
