import request, { type Response } from 'supertest';

import { OFFERED_BY_DEFAULT } from '../../libs/fhir/src';
import {
  elementsAt,
  readXml,
  valuesAt,
  type XmlElement,
} from '../../libs/fhir/src/testing/read-xml';
import { kickOff, manifestOf } from '../support/export';
import { patientLists } from '../support/groups';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { registerApp } from '../support/registered-app';

const XML = 'application/fhir+xml; charset=utf-8';

/** The root element of an answer in XML. */
function xmlOf(answer: Response, mediaType = XML): XmlElement {
  expect(answer.headers['content-type']).toBe(mediaType);
  const text = answer.text as string | undefined;
  const root = readXml(text ?? (answer.body as Buffer).toString());
  expect(root.attributes).toStrictEqual({ xmlns: 'http://hl7.org/fhir' });
  return root;
}

function expectXmlOutcome(answer: Response, status: number, code: string): XmlElement {
  const root = xmlOf(answer);
  expect([answer.status, root.name]).toStrictEqual([status, 'OperationOutcome']);
  expect(valuesAt(root, 'issue.severity')).toStrictEqual(['error']);
  expect(valuesAt(root, 'issue.code')).toStrictEqual([code]);
  expect(valuesAt(root, 'issue.diagnostics')).toHaveLength(1);
  return root;
}

describe('Answers', () => {
  let service: LoadedApp;

  beforeAll(async () => {
    service = await startLoadedApp(5);
  });

  afterAll(() => service.close());

  const ask = (path: string, accept: string | undefined = 'application/fhir+xml'): request.Test => {
    const asked = request(service.url).get(`/fhir/${path}`).auth(service.token, { type: 'bearer' });
    return asked.set('Accept', accept).buffer(true);
  };

  describe('of refusals', () => {
    it.each([
      ['application/fhir+xml', 'application/fhir+xml'],
      ['application/fhir+xml; fhirVersion=4.0', 'application/fhir+xml'],
      ['application/xml', 'application/xml'],
      ['text/xml', 'text/xml'],
      ['text/xml, */*;q=0.1', 'text/xml'],
    ])('are OperationOutcomes in XML for Accept %s: %s', async (accept, mediaType) => {
      const answer = await ask('Group/NOWHERE/$export', accept).expect(404);

      expect(xmlOf(answer, `${mediaType}; charset=utf-8`).name).toBe('OperationOutcome');
    });

    it.each(['xml', 'text/xml', 'application/xml', 'application/fhir%2Bxml'])(
      'are OperationOutcomes in XML for _format=%s, whatever Accept says',
      async (format) => {
        const answer = await ask(`Group/NOWHERE/$export?_format=${format}`, 'application/json');

        expectXmlOutcome(answer, 404, 'not-found');
      },
    );

    it.each(['*/*', 'application/fhir+json', 'application/fhir+json, application/fhir+xml', ''])(
      'are in JSON for Accept "%s"',
      async (accept) => {
        const answer = await ask('Group/NOWHERE/$export', accept).expect(404);

        expect(answer.headers['content-type']).toBe('application/fhir+json; charset=utf-8');
        expect(answer.headers['vary']).toContain('Accept');
      },
    );

    it('are in JSON for _format=json, whatever Accept says', async () => {
      const answer = await ask('Group/NOWHERE/$export?_format=json').expect(404);

      expect(answer.headers['content-type']).toMatch(/^application\/fhir\+json/);
    });

    it.each([
      ['an unknown parameter', 'Group/INF-101/$export?_foo=1', 400, 'not-supported'],
      ['an unknown type', 'Group/INF-101/$export?_type=Nothing', 400, 'not-supported'],
      ['broken percent-encoding', 'Group/INF-101/$export?_type=%E0%A4%A', 400, 'invalid'],
      ['an unknown job', 'bulk-status/00000000-0000-4000-8000-000000000000', 404, 'not-found'],
      ['an unknown group', 'Group/NOWHERE', 404, 'not-found'],
      ['a search that is not understood', 'Group?_foo=1', 400, 'not-supported'],
      ['an address that nothing serves', 'Nothing', 404, 'not-found'],
      ['a file that is not there', 'bulk-files/x/Patient.1.ndjson', 404, 'not-found'],
    ])('of %s', async (_case, path, status, code) => {
      expectXmlOutcome(await ask(path), status, code);
    });

    it('of a missing token, and of a method that is not supported', async () => {
      const anonymous = await request(service.url)
        .get('/fhir/Group/INF-101/$export')
        .set('Accept', 'application/fhir+xml');
      const put = await request(service.url)
        .put('/fhir/Group/INF-101/$export')
        .auth(service.token, { type: 'bearer' })
        .set('Accept', 'application/fhir+xml');

      expectXmlOutcome(anonymous, 401, 'login');
      expectXmlOutcome(put, 405, 'not-supported');
      expect(put.headers['allow']).toBe('GET, POST');
    });

    it('of a name that XML cannot hold are well-formed all the same', async () => {
      const answer = await ask('Group?a%00%01%22%3C%26%0A%09b=1');

      const root = expectXmlOutcome(answer, 400, 'not-supported');
      expect(valuesAt(root, 'issue.expression')).toStrictEqual([
        'a\\u0000\\u0001"<&\\u000a\\u0009b',
      ]);
    });

    it.each(['turtle', '', 'application/fhir+ndjson'])(
      'name _format when it is "%s": 406',
      async (format) => {
        const answer = await ask(`Group/INF-101/$export?_format=${format}`);

        const root = expectXmlOutcome(answer, 406, 'not-supported');
        expect(valuesAt(root, 'issue.expression')).toStrictEqual(['_format']);
      },
    );
  });

  describe('to ranges with parameters', () => {
    const RANGES = [
      'application/fhir+json; fhirVersion=4.0',
      'application/json; charset=UTF-8',
      'application/fhir+json;charset="utf-8";q=0.5, text/html;level=1;q=0.1',
      'application/*;q=0.2',
    ];

    it.each([
      ['/fhir/metadata', 200],
      ['/fhir/OperationDefinition/export', 200],
      ['/fhir/.well-known/smart-configuration', 200],
      ['/fhir/auth/jwks', 200],
      ['/fhir/Group', 200],
      ['/fhir/Group/INF-101', 200],
      ['/fhir/Group/INF-101/$export?_type=Patient', 202],
      ['/fhir/Group/NOWHERE/$export', 404],
      ['/health/live', 200],
      ['/docs-json', 200],
      ['/admin/apps', 404],
    ])('of %s are as without (HD-09)', async (path, status) => {
      for (const accept of RANGES) {
        const answer = await request(service.url)
          .get(path)
          .auth(service.token, { type: 'bearer' })
          .set('Accept', accept);

        expect([accept, answer.status]).toStrictEqual([accept, status]);
      }
    });

    it('of the token endpoint are as without', async () => {
      for (const accept of RANGES) {
        const answer = await request(service.url).post('/fhir/auth/token').set('Accept', accept);

        expect(answer.status).toBe(400);
        expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      }
    });

    it('of an export, its manifest and its files are as without (HD-09)', async () => {
      const statusUrl = await kickOff(
        service,
        'Group/INF-101/$export?_type=Patient',
        service.token,
      );
      const { output } = await manifestOf(service, statusUrl, service.token);
      const get = (url: string, accept: string): request.Test =>
        request(url).get('').auth(service.token, { type: 'bearer' }).set('Accept', accept);

      for (const accept of [...RANGES, 'application/fhir+ndjson; fhirVersion=4.0']) {
        const manifest = await get(statusUrl, accept).expect(200);
        const file = await get(output[0]?.url ?? '', accept).expect(200);

        expect(manifest.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(file.headers['content-type']).toBe('application/fhir+ndjson');
      }
    });

    it('that name another version than R4 are refused before anything is done: 406', async () => {
      const answer = await ask(
        'Group/INF-101/$export',
        'application/fhir+json; fhirVersion=5.0',
      ).expect(406);

      expect(answer.headers).not.toHaveProperty('content-location');
    });
  });

  describe('to application/json alone', () => {
    it.each([
      ['GET', '/fhir/metadata', 200],
      ['GET', '/fhir/OperationDefinition/export', 200],
      ['GET', '/fhir/Group', 200],
      ['GET', '/fhir/Group/INF-101', 200],
      ['GET', '/fhir/Group/NOWHERE', 404],
      ['GET', '/fhir/Group?_foo=1', 400],
      ['PUT', '/fhir/Group/INF-101/$export', 405],
      ['GET', '/fhir/Group/INF-101/$export?_foo=1', 400],
      ['GET', '/fhir/bulk-status/none', 404],
      ['GET', '/fhir/bulk-files/x/Patient.1.ndjson', 404],
      ['GET', '/fhir/Binary/none', 404],
      ['GET', '/fhir/Nothing', 404],
      ['GET', '/nothing', 404],
      ['GET', '/admin/apps', 404],
    ] as const)('of %s %s are called so, refusals too', async (method, path, status) => {
      const send = request(service.url);
      const asked = method === 'GET' ? send.get(path) : send.put(path);

      const answer = await asked
        .auth(service.token, { type: 'bearer' })
        .set('Accept', 'application/json')
        .expect(status);

      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.body).toHaveProperty('resourceType');
    });

    it('are called so where a token is missing', async () => {
      const answer = await request(service.url)
        .get('/fhir/Group/INF-101/$export')
        .set('Accept', 'application/json')
        .expect(401);

      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    });
  });

  describe('to conditional requests', () => {
    it.each([
      ['/fhir/Group/INF-101/$export?_type=Patient', 202],
      ['/fhir/metadata', 200],
      ['/fhir/OperationDefinition/export?_format=xml', 200],
      ['/fhir/Group', 200],
      ['/fhir/Group/INF-101?_format=xml', 200],
      ['/fhir/.well-known/smart-configuration', 200],
      ['/fhir/auth/jwks', 200],
      ['/health/ready', 200],
    ])('of %s are never 304 (ST-17)', async (path, status) => {
      for (const [name, value] of [
        ['If-None-Match', '*'],
        ['If-None-Match', 'W/"1", "x"'],
        ['If-Modified-Since', 'Tue, 01 Jan 2199 00:00:00 GMT'],
      ] as const) {
        const answer = await request(service.url)
          .get(path)
          .auth(service.token, { type: 'bearer' })
          .set(name, value);

        expect([name, value, answer.status]).toStrictEqual([name, value, status]);
      }
    });
  });

  describe('of exports', () => {
    it('begin with a kick-off whose _format and _pretty mean nothing for the export (UN-06)', async () => {
      const path = 'Group/INF-101/$export?_type=Patient&_format=xml&_pretty=true';
      const statusUrl = await kickOff(service, path, service.token);

      const manifest = await manifestOf(service, statusUrl, service.token);

      expect(manifest.request).toBe(`${service.fhirBase}/${path}`);
      expect(manifest.output.map(({ type, count }) => [type, count])).toStrictEqual([
        ['Patient', 5],
      ]);
    });

    it.each([
      ['in the address', '?_format=xml', '[]'],
      ['in the body', '', '[{"name":"_format","valueString":"xml"},{"name":"_pretty"}]'],
    ])('can be started by POST with _format %s (UN-06)', async (_case, query, parameter) => {
      await request(service.url)
        .post(`/fhir/Group/INF-101/$export${query}`)
        .auth(service.token, { type: 'bearer' })
        .set('Accept', 'application/fhir+xml')
        .set('Content-Type', 'application/fhir+json')
        .send(`{"resourceType":"Parameters","parameter":${parameter}}`)
        .expect(202);
    });

    it('give progress and early polls as in JSON, their OperationOutcome in XML (ST-02 to ST-05)', async () => {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
      const poll = (): request.Test =>
        request(statusUrl)
          .get('')
          .auth(service.token, { type: 'bearer' })
          .set('Accept', 'application/fhir+xml');

      const first = await poll();
      const second = await poll();

      expect([first.status, first.text]).toStrictEqual([202, '']);
      expect(first.headers['x-progress']).toMatch(/^\d{1,2}%$/);
      expectXmlOutcome(second, 429, 'throttled');
      expect(second.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    });

    it('give the manifest as Parameters with all that it has in JSON (docs/xml.md)', async () => {
      const path = 'Group/INF-101/$export?_type=Patient,Goal';
      const statusUrl = await kickOff(service, path, service.token);
      const manifest = await manifestOf(service, statusUrl, service.token);

      const answer = await request(statusUrl)
        .get('?_format=xml')
        .auth(service.token, { type: 'bearer' })
        .buffer(true)
        .expect(200);

      const root = xmlOf(answer);
      expect(root.name).toBe('Parameters');
      expect(Date.parse(answer.headers['expires'] as string)).toBeGreaterThan(Date.now());
      const parameters = elementsAt(root, 'parameter');
      const named = (name: string): readonly XmlElement[] =>
        parameters.filter((one) => valuesAt(one, 'name')[0] === name);
      const one = (name: string, value: string): unknown =>
        named(name).flatMap((parameter) => valuesAt(parameter, value));
      expect(one('transactionTime', 'valueInstant')).toStrictEqual([manifest.transactionTime]);
      expect(one('request', 'valueUrl')).toStrictEqual([`${service.fhirBase}/${path}`]);
      expect(one('requiresAccessToken', 'valueBoolean')).toStrictEqual(['true']);
      const part = (file: XmlElement, name: string, value: string): string | undefined =>
        elementsAt(file, 'part')
          .filter((candidate) => valuesAt(candidate, 'name')[0] === name)
          .flatMap((found) => valuesAt(found, value))[0];
      expect(
        named('output').map((file) => ({
          type: part(file, 'type', 'valueCode'),
          url: part(file, 'url', 'valueUrl'),
          count: Number(part(file, 'count', 'valueInteger')),
          sha256: part(file, 'extension', 'part.valueString'),
          bytes: Number(part(file, 'extension', 'part.valueDecimal')),
        })),
      ).toStrictEqual(
        manifest.output.map(({ type, url, count, extension }) => ({
          type,
          url,
          count,
          sha256: extension['urn:ehr-bulk-data:sha256'],
          bytes: extension['urn:ehr-bulk-data:bytes'],
        })),
      );
      expect(named('error')).toStrictEqual([]);
    });

    it('leave files as NDJSON, whatever Accept and _format say', async () => {
      const statusUrl = await kickOff(
        service,
        'Group/INF-101/$export?_type=Patient',
        service.token,
      );
      const { output } = await manifestOf(service, statusUrl, service.token);

      for (const [query, accept] of [
        ['', 'application/fhir+xml'],
        ['?_format=xml', '*/*'],
      ] as const) {
        const answer = await request(`${output[0]?.url ?? ''}${query}`)
          .head('')
          .auth(service.token, { type: 'bearer' })
          .set('Accept', accept)
          .expect(200);
        expect(answer.headers['content-type']).toBe('application/fhir+ndjson');
      }
    });

    it('are deleted with 202, and 404 in XML afterwards (DL-05)', async () => {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
      const asked = (method: 'delete' | 'get'): request.Test =>
        request(statusUrl)[method]('?_format=xml').auth(service.token, { type: 'bearer' });

      expect((await asked('delete')).status).toBe(202);

      expectXmlOutcome(await asked('get'), 404, 'not-found');
      expectXmlOutcome(await asked('delete'), 404, 'not-found');
    });
  });

  describe('of what the server knows', () => {
    it('give the CapabilityStatement, which lists both formats', async () => {
      const root = xmlOf(await request(service.url).get('/fhir/metadata?_format=xml').buffer(true));

      expect(root.name).toBe('CapabilityStatement');
      expect(valuesAt(root, 'format')).toStrictEqual([
        'application/fhir+json',
        'json',
        'application/fhir+xml',
        'xml',
      ]);
      expect(valuesAt(root, 'rest.resource.type')).toHaveLength(OFFERED_BY_DEFAULT.length);
    });
  });

  describe('of groups', () => {
    let token: string;

    beforeAll(async () => {
      token = await (await registerApp(service)).token();
      const lists = patientLists(service);
      await lists.create({ id: 'XML-1', name: 'Grippe "à" <risque> & élevé' });
      await lists.add('XML-1', ['p2', 'p1'], { allowUnknown: true });
      await lists.create({ id: 'XML-LARGE', name: 'Large' });
      const many = Array.from({ length: 8000 }, (_, index) => `m-${index}`);
      await lists.add('XML-LARGE', many, { allowUnknown: true });
    });

    const get = (path: string): request.Test =>
      request(service.url)
        .get(`/fhir/${path}`)
        .auth(token, { type: 'bearer' })
        .set('Accept', 'application/fhir+xml')
        .buffer(true);

    it('give a group with its members', async () => {
      const answer = await get('Group/XML-1').expect(200);

      const root = xmlOf(answer);
      expect(root.name).toBe('Group');
      expect(answer.headers['etag']).toBe('W/"2"');
      expect(valuesAt(root, 'name')).toStrictEqual(['Grippe "à" <risque> & élevé']);
      expect(valuesAt(root, 'quantity')).toStrictEqual(['2']);
      expect(valuesAt(root, 'member.entity.reference')).toStrictEqual(['Patient/p1', 'Patient/p2']);
    });

    it('give the Bundle of a search, by GET and by POST with _format in the form', async () => {
      const posted = await request(service.url)
        .post('/fhir/Group/_search')
        .auth(token, { type: 'bearer' })
        .type('form')
        .send({ _id: 'XML-1', _format: 'xml' })
        .buffer(true);

      for (const answer of [await get('Group?_id=XML-1'), posted]) {
        const root = xmlOf(answer);
        expect([answer.status, root.name]).toStrictEqual([200, 'Bundle']);
        expect(valuesAt(root, 'total')).toStrictEqual(['1']);
        expect(valuesAt(root, 'entry.resource.Group.id')).toStrictEqual(['XML-1']);
        expect(valuesAt(root, 'entry.search.mode')).toStrictEqual(['match']);
      }
    });

    it('are refused with _include: stored resources go out byte for byte or not at all', async () => {
      const root = expectXmlOutcome(
        await get('Group?_id=XML-1&_include=Group:member'),
        406,
        'not-supported',
      );

      expect(valuesAt(root, 'issue.expression')).toStrictEqual(['_include']);
    });

    it('are refused for a group that is too large, which JSON has', async () => {
      const answer = await get('Group/XML-LARGE');

      expectXmlOutcome(answer, 406, 'too-long');
      expect(answer.headers['etag']).toBeUndefined();
      await get('Group/XML-LARGE?_format=json').expect(200);
    });
  });
});
