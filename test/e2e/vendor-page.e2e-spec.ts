import request, { type Response } from 'supertest';

import { OFFERED_BY_DEFAULT } from '../../libs/fhir/src';
import { readXml, valuesAt } from '../../libs/fhir/src/testing/read-xml';
import { sampleResources } from '../../libs/sample-data/src';
import { AppRegistry } from '../../src/auth';
import {
  expectOAuthError,
  newTokenClient,
  requestToken,
  tokenFields,
} from '../support/client-assertion';
import { download, downloadAll, kickOff, type Manifest, manifestOf } from '../support/export';
import { patientLists } from '../support/groups';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { registerApp } from '../support/registered-app';
import { expectedExport, type Given } from '../support/truth';

/** As startLoadedApp has them; group INF-101 has all patients, ABC the first half. */
const PATIENTS = 24;
const INPUT: readonly Given[] = [...sampleResources({ seed: 11, patients: PATIENTS })];
const ALL_PATIENTS = INPUT.filter(({ type }) => type === 'Patient').map(({ id }) => id);
const ABC = ALL_PATIENTS.slice(0, PATIENTS / 2);

type Lines = ReadonlyMap<string, readonly string[]>;

function idsOf(lines: readonly string[] | undefined): readonly string[] {
  return (lines ?? []).map((line) => (JSON.parse(line) as { id: string }).id).sort();
}

/** `Type/id` of everything that some Provenance is about. */
function targetsOf(line: string): readonly string[] {
  const { target } = JSON.parse(line) as { target: readonly { reference: string }[] };
  return target.map(({ reference }) => reference);
}

/** Each test is a sentence of the vendor's page, in its order; docs/vendor-page.md is the table. */
describe('The vendor’s page', () => {
  let service: LoadedApp;

  beforeAll(async () => {
    service = await startLoadedApp(PATIENTS, { EXPORT_FILE_MAX_RESOURCES: '20' });
    const lists = patientLists(service);
    await lists.create({ id: 'ABC', name: 'First half' });
    await lists.add('ABC', ABC);
  });

  afterAll(() => service.close());

  const get = (url: string, token = service.token, accept = '*/*'): request.Test =>
    request(url).get('').auth(token, { type: 'bearer' }).set('Accept', accept).buffer(true);
  const completed = async (path: string): Promise<Manifest> =>
    manifestOf(service, await kickOff(service, path, service.token), service.token);
  const exported = async (path: string): Promise<Lines> =>
    downloadAll(await completed(path), service.token);

  describe('Bulk Data; Application Configuration Considerations', () => {
    it('“Only FHIR applications of the type System can send bulk data requests”', async () => {
      const app = await registerApp(service, { type: 'system' });

      const statusUrl = await kickOff(service, 'Group/ABC/$export', await app.token());

      expect(statusUrl).toContain(`${service.fhirBase}/bulk-status/`);
    });

    it.each(['patient', 'user'])(
      '“Patient and User application types cannot send bulk data requests” (%s)',
      async (type) => {
        const client = await newTokenClient(service);
        const id = await client.register({ type });
        const changed = await registerApp(service);
        const token = await changed.token();
        await service.dataSource.query('update auth.app set type = $2 where id = $1', [
          changed.id,
          type,
        ]);

        const noToken = await requestToken(service, tokenFields(await client.sign({}, id)));
        const noExport = await get(`${service.fhirBase}/Group/ABC/$export`, token);

        expectOAuthError(noToken, 400, 'unauthorized_client');
        expect((noToken.body as { error_description: string }).error_description).toContain(
          'System',
        );
        expect(noExport.status).toBe(403);
        expect(noExport.body).toMatchObject({
          resourceType: 'OperationOutcome',
          issue: [{ code: 'forbidden', diagnostics: expect.stringContaining('System') as string }],
        });
      },
    );

    it('“Backend authentication for access tokens via JWKS must be configured”', async () => {
      const registry = service.app.get(AppRegistry, { strict: false });

      const withoutKeys = registry.register({ name: 'A', type: 'system', allGroups: true });

      await expect(withoutKeys).rejects.toThrow('JWKS');
    });
  });

  describe('Supported Resources: “can extract bulk data from the following FHIR resources”', () => {
    const expected = expectedExport(INPUT, new Set(ABC));
    let lines: Lines;

    beforeAll(async () => {
      lines = await exported(`Group/ABC/$export?_type=${OFFERED_BY_DEFAULT.join(',')}`);
    });

    it.each(OFFERED_BY_DEFAULT)(
      '%s: all that belongs to the group, once, and nothing else',
      (type) => {
        const ids = type === 'Group' ? ['ABC'] : [...(expected.get(type) ?? [])].sort();

        expect(ids.length).toBeGreaterThan(0);
        expect(idsOf(lines.get(type))).toStrictEqual(ids);
      },
    );

    it('are these 25, and five more of US Core', () => {
      expect([...lines.keys()].sort()).toStrictEqual(
        (
          'AllergyIntolerance CarePlan CareTeam Condition Binary Device DiagnosticReport ' +
          'DocumentReference Encounter Goal Group Immunization Location Medication ' +
          'MedicationAdministration MedicationRequest MedicationStatement Observation Organization ' +
          'Patient Practitioner PractitionerRole Procedure Provenance RelatedPerson ' +
          'Coverage MedicationDispense QuestionnaireResponse ServiceRequest Specimen'
        )
          .split(' ')
          .sort(),
      );
    });
  });

  describe('Request and Data Flow', () => {
    it('“To obtain a specific Group resource ID, you can query the Group resource”', async () => {
      const found = await get(`${service.fhirBase}/Group?name=First`);

      const { entry } = found.body as { entry: readonly { resource: { id: string } }[] };
      expect(entry.map(({ resource }) => resource.id)).toStrictEqual(['ABC']);
    });

    it('“requesting bulk data is an asynchronous process; […] FHIR returns a 202 Accepted HTTP status code and a URL in the Content-Location header where status checks can be made. No actual data is included in the response”', async () => {
      const answer = await get(`${service.fhirBase}/Group/INF-101/$export`);

      expect([answer.status, answer.text]).toStrictEqual([202, '']);
      const statusUrl = answer.headers['content-location'] as string;
      expect(new URL(statusUrl).origin).toBe(service.url);
      expect([200, 202]).toContain((await get(statusUrl)).status);
    });

    it('“When processing is complete, FHIR returns the URLs for the location of the data file. The application requests the data by sending a request to the file URLs”', async () => {
      const { output } = await completed('Group/INF-101/$export?_type=Goal');

      const text = await download(output[0]?.url ?? '', service.token);

      expect(text.split('\n').slice(0, -1)).toHaveLength(output[0]?.count ?? 0);
    });

    it('“[FHIR path]/Group/INF-101/$export means: Get all the patients in the Group resource with the ID INF-101”', async () => {
      const lines = await exported('Group/INF-101/$export');

      expect(idsOf(lines.get('Patient'))).toStrictEqual([...ALL_PATIENTS].sort());
    });

    it('“The requesting application must be authorized to access the data requested”: its groups, and its types', async () => {
      const narrow = await registerApp(service, {
        groups: ['ABC'],
        resourceTypes: ['Group', 'Patient'],
      });
      const token = await narrow.token();
      const asked = (path: string): request.Test => get(`${service.fhirBase}/${path}`, token);

      const statusUrl = await kickOff(service, 'Group/ABC/$export', token);

      expect((await asked('Group/INF-101/$export')).status).toBe(404);
      expect((await asked('Group/NOWHERE/$export')).status).toBe(404);
      expect((await asked('Group/ABC/$export?_type=Condition')).status).toBe(403);
      const { output } = await manifestOf(service, statusUrl, token);
      expect(output.map(({ type }) => type)).toStrictEqual(['Group', 'Patient']);
    });
  });

  describe('Requesting an Export Request Status: a package in progress', () => {
    let waiting: LoadedApp;
    let statusUrl: string;
    let first: Response;

    // No worker: the export is in progress for as long as the tests look at it.
    beforeAll(async () => {
      waiting = await startLoadedApp(1, { ROLE: 'api', RETRY_AFTER_MAX_SECONDS: '60' });
      statusUrl = await kickOff(waiting, 'Group/INF-101/$export', waiting.token);
      first = await get(statusUrl, waiting.token);
    });

    afterAll(() => waiting.close());

    it('“Status: Accepted”', () => {
      expect([first.status, first.text]).toStrictEqual([202, '']);
    });

    it('“X-Progress: Percentage complete”', () => {
      expect(first.headers['x-progress']).toBe('0%');
    });

    it('“Retry-After: Suggested duration of time until the next status request. This is measured in seconds”', () => {
      expect(first.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    });

    it('“If a status request is made prior to the retry-after date/time, the FHIR API responds with a HTTP 429 Too Many Requests error”', async () => {
      await waiting.clock.advance(120);
      const poll = await get(statusUrl, waiting.token);
      const seconds = Number(poll.headers['retry-after']);

      const early = await get(statusUrl, waiting.token);
      await waiting.clock.advance(seconds - 5);
      const late = await get(statusUrl, waiting.token);
      await waiting.clock.advance(5);
      const inTime = await get(statusUrl, waiting.token);

      expect([poll.status, seconds]).toStrictEqual([202, 60]);
      // The clock goes on during the test: the seconds that remain are these, or a little less.
      const remaining = [early, late].map(({ headers }) => Number(headers['retry-after']));
      expect([early.status, late.status]).toStrictEqual([429, 429]);
      expect(60 - (remaining[0] ?? 0)).toBeLessThan(4);
      expect(5 - (remaining[1] ?? 0)).toBeLessThan(4);
      expect(Math.max(...remaining)).toBeLessThanOrEqual(60);
      expect(early.body).toMatchObject({ issue: [{ severity: 'error', code: 'throttled' }] });
      expect(inTime.status).toBe(202);
    });

    it('“The application can delete an export request if it was created in error”: while it runs', async () => {
      const path = 'Group/INF-101/$export';
      const mistaken = await kickOff(waiting, path, waiting.token);

      await request(mistaken).delete('').auth(waiting.token, { type: 'bearer' }).expect(202);

      expect((await get(mistaken, waiting.token)).status).toBe(404);
    });
  });

  describe('Requesting an Export Request Status: a complete package', () => {
    const PATH = 'Group/INF-101/$export?_type=Patient,Observation,Provenance';
    let statusUrl: string;
    let manifest: Manifest;

    beforeAll(async () => {
      statusUrl = await kickOff(service, PATH, service.token);
      manifest = await manifestOf(service, statusUrl, service.token);
    });

    it('“Status: OK. Expires: Time when the export package will expire”', async () => {
      const before = service.clock.now().getTime();

      const answer = await get(statusUrl);

      const expires = Date.parse(answer.headers['expires'] as string);
      expect(answer.status).toBe(200);
      expect(expires).toBeGreaterThan(before + 86_000_000);
      expect(expires).toBeLessThan(before + 86_400_000);
    });

    it.each([
      ['JSON', 'application/json', 'application/json; charset=utf-8'],
      ['XML', 'application/fhir+xml', 'application/fhir+xml; charset=utf-8'],
    ])('“Content-Type: JSON or XML” (%s)', async (_name, accept, contentType) => {
      const answer = await get(statusUrl, service.token, accept);

      const text = answer.text || (answer.body as Buffer).toString();
      const request = accept.endsWith('json')
        ? [(JSON.parse(text) as Manifest).request]
        : valuesAt(readXml(text), 'parameter.valueUrl');
      expect(answer.headers['content-type']).toBe(contentType);
      expect(request).toStrictEqual([`${service.fhirBase}/${PATH}`]);
    });

    it('“a series of URLs are listed for individual packages for download depending on the size of the request”', () => {
      const patients = manifest.output.filter(({ type }) => type === 'Patient');

      expect(patients.map(({ url, count }) => [url.split('/').at(-1), count])).toStrictEqual([
        ['Patient.1.ndjson', 20],
        ['Patient.2.ndjson', 4],
      ]);
    });

    it('“transactionTime: [instant], request, requiresAccessToken: true, output: [type, url]”', () => {
      expect(manifest).toMatchObject({
        transactionTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/) as string,
        request: `${service.fhirBase}/${PATH}`,
        requiresAccessToken: true,
        error: [],
      });
      expect([...new Set(manifest.output.map(({ type }) => type))].sort()).toStrictEqual([
        'Observation',
        'Patient',
        'Provenance',
      ]);
      for (const { url } of manifest.output) expect(new URL(url).origin).toBe(service.url);
    });
  });

  describe('Requesting an Export Request Status: the example', () => {
    it('“request: [base]/Patient/$export?_type=Patient,Observation,Provenance”: all patients, for an app licensed for all', async () => {
      const path = 'Patient/$export?_type=Patient,Observation,Provenance';

      const { request: asked, output } = await completed(path);

      expect(asked).toBe(`${service.fhirBase}/${path}`);
      expect([...new Set(output.map(({ type }) => type))].sort()).toStrictEqual([
        'Observation',
        'Patient',
        'Provenance',
      ]);
      const patients = output.filter(({ type }) => type === 'Patient');
      expect(patients.reduce((sum, { count }) => sum + count, 0)).toBe(PATIENTS);
    });
  });

  describe('Group sources and App Type', () => {
    const operator = 'operator-of-the-vendor-page-tests-0123456789';
    let administered: LoadedApp;

    beforeAll(async () => {
      administered = await startLoadedApp(PATIENTS, { ADMIN_TOKEN: operator });
    });

    afterAll(() => administered.close());

    const post = (path: string, body: object): request.Test =>
      request(administered.url)
        .post(`/admin/${path}`)
        .auth(operator, { type: 'bearer' })
        .send(body);

    it('“Veradigm EHR uses segments in the Reporting module to create Group resources”', async () => {
      await post('groups', { id: 'WOMEN', name: 'Women', criteria: { gender: 'female' } }).expect(
        201,
      );

      const statusUrl = await kickOff(
        administered,
        'Group/WOMEN/$export?_type=Patient',
        administered.token,
      );
      const { output } = await manifestOf(administered, statusUrl, administered.token);

      const text = await download(output[0]?.url ?? '', administered.token);
      const lines = text.split('\n').slice(0, -1);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThan(PATIENTS);
      for (const line of lines) expect(JSON.parse(line)).toMatchObject({ gender: 'female' });
    });

    it('“On the FHIR App page, the App Type must be set to System. Backend authentication […] via JWKS must be configured”', async () => {
      const answer = await post('apps', { name: 'Study', type: 'system', allGroups: true });

      expect(answer.status).toBe(400);
      expect(answer.text).toContain('JWKS');
      await post('apps', { name: 'Portal', type: 'patient' }).expect(201);
    });
  });

  describe('Requesting an Export Request Status: what went wrong', () => {
    let broken: LoadedApp;

    beforeAll(async () => {
      broken = await startLoadedApp(5, { PART_MAX_ATTEMPTS: '1', FAULTS: 'source:Goal' });
    });

    afterAll(() => broken.close());

    it('“If the export request has resulted in an error: Status: Error; OperationOutcome resource, which includes the severity, code, and description of the error”', async () => {
      const statusUrl = await kickOff(broken, 'Group/INF-101/$export?_type=Goal', broken.token);
      await expect(manifestOf(broken, statusUrl, broken.token)).rejects.toThrow('status: 500');

      const json = await get(statusUrl, broken.token);
      const xml = await get(statusUrl, broken.token, 'application/fhir+xml');

      const description = expect.stringMatching(/.{10}/) as string;
      expect([json.status, xml.status]).toStrictEqual([500, 500]);
      expect(json.body).toStrictEqual({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'processing', diagnostics: description }],
      });
      const outcome = readXml(xml.text || (xml.body as Buffer).toString());
      expect(
        ['severity', 'code', 'diagnostics'].flatMap((name) => valuesAt(outcome, `issue.${name}`)),
      ).toStrictEqual(['error', 'processing', description]);
    });

    it('“An export request can complete successfully when some of the data was successfully outputted but some was not”: output and error, type OperationOutcome', async () => {
      const path = 'Group/INF-101/$export?_type=Patient,Goal';
      const statusUrl = await kickOff(broken, path, broken.token);

      const { output, error } = await manifestOf(broken, statusUrl, broken.token);

      expect(output.map(({ type, count }) => [type, count])).toStrictEqual([['Patient', 5]]);
      expect(error.map(({ type }) => type)).toStrictEqual(['OperationOutcome']);
      const [line = ''] = (await download(error[0]?.url ?? '', broken.token)).split('\n');
      expect(JSON.parse(line)).toMatchObject({ resourceType: 'OperationOutcome' });
    });
  });

  describe('Provenance Considerations', () => {
    const provenanceAbout = (lines: Lines, type: string): readonly string[] =>
      (lines.get('Provenance') ?? []).filter((line) =>
        targetsOf(line).some((target) => target.startsWith(`${type}/`)),
      );

    it('“Provenance is included by default for those requests that do not specify which resource to include. [FHIR path]/Group/ABC/$export means: Get all the information for the patients in group ABC”', async () => {
      const expected = expectedExport(INPUT, new Set(ABC)).get('Provenance') ?? new Set();

      const lines = await exported('Group/ABC/$export');

      expect(idsOf(lines.get('Provenance'))).toStrictEqual([...expected].sort());
      expect(idsOf(lines.get('Patient'))).toStrictEqual([...ABC].sort());
    });

    it('“Provenance is included when explicitly listed in the request for a specific resource”: of what is in the export, and of nothing else', async () => {
      const lines = await exported('Group/ABC/$export?_type=MedicationRequest,Provenance');

      const inExport = new Set(
        idsOf(lines.get('MedicationRequest')).map((id) => `MedicationRequest/${id}`),
      );
      const provenance = lines.get('Provenance') ?? [];
      expect([...lines.keys()].sort()).toStrictEqual(['MedicationRequest', 'Provenance']);
      expect(
        provenance.filter((line) => !targetsOf(line).some((target) => inExport.has(target))),
      ).toStrictEqual([]);
      expect(provenance.length).toBeGreaterThan(0);
    });

    it('“If provenance is passed as a requested resource, all other resources that are included in the request should then include provenance”', async () => {
      const all = await exported('Group/ABC/$export');
      const lines = await exported(
        'Group/ABC/$export?_type=Condition,MedicationRequest,Provenance',
      );

      for (const type of ['Condition', 'MedicationRequest']) {
        expect(provenanceAbout(lines, type).length).toBeGreaterThan(0);
        expect([...provenanceAbout(lines, type)].sort()).toStrictEqual(
          [...provenanceAbout(all, type)].sort(),
        );
      }
    });

    it('“If provenance is not passed as a requested resource, no resources that are included in the request should include provenance”', async () => {
      const lines = await exported('Group/ABC/$export?_type=Condition,MedicationRequest');

      expect([...lines.keys()].sort()).toStrictEqual(['Condition', 'MedicationRequest']);
    });

    it('of which the page says nothing: listed alone, it is the Provenance of everything, each once', async () => {
      const all = await exported('Group/ABC/$export');

      const lines = await exported('Group/ABC/$export?_type=Provenance');

      const ids = idsOf(lines.get('Provenance'));
      expect([...lines.keys()]).toStrictEqual(['Provenance']);
      expect(ids).toStrictEqual(idsOf(all.get('Provenance')));
      expect(new Set(ids).size).toBe(ids.length);
      expect(lines.get('Provenance')?.some((line) => targetsOf(line).length > 1)).toBe(true);
    });
  });

  describe('Deleting an Export Request; Retrieving the Export File Packages', () => {
    it('“The application can delete an export request if it […] is no longer needed”', async () => {
      const statusUrl = await kickOff(service, 'Group/ABC/$export?_type=Patient', service.token);
      const { output } = await manifestOf(service, statusUrl, service.token);

      await request(statusUrl).delete('').auth(service.token, { type: 'bearer' }).expect(202);

      for (const url of [statusUrl, output[0]?.url ?? ''])
        expect((await get(url)).status).toBe(404);
    });

    it('“You can download the file packages as many times as necessary, but once they expire, they are no longer available”', async () => {
      const statusUrl = await kickOff(service, 'Group/ABC/$export?_type=Patient', service.token);
      const { output } = await manifestOf(service, statusUrl, service.token);
      const url = output[0]?.url ?? '';

      const texts = new Set<string>();
      for (let time = 0; time < 3; time += 1) texts.add(await download(url, service.token));
      await service.clock.advance(86_401);

      expect(texts.size).toBe(1);
      for (const gone of [url, statusUrl]) expect((await get(gone)).status).toBe(404);
    });
  });
});
