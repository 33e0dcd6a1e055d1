import { createHash, randomBytes } from 'node:crypto';

import request, { type Response } from 'supertest';

import { BinaryReader } from '../../src/resources/binary/binary-reader.service';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { patientLists } from '../support/groups';
import { registerApp } from '../support/registered-app';
import type { Given } from '../support/truth';
import { until } from '../support/until';

const NOTE = 'Temperature 37.0 °C, feels “much better”.\n';
const LARGE = randomBytes(24 * 1024 * 1024);
const base64 = (content: string | Buffer): string => Buffer.from(content).toString('base64');
const text = (id: string, rest: object = {}): Given =>
  given('Binary', id, { contentType: 'text/plain; charset=utf-8', ...rest, data: base64(NOTE) });
const documentOf = (id: string, patient: string, binary: string): Given =>
  given('DocumentReference', id, {
    status: 'current',
    subject: to('Patient', patient),
    content: [{ attachment: { contentType: 'text/plain', url: `Binary/${binary}` } }],
  });

/** As one would write it by hand, with text in it that looks like an attachment. */
const SPACED = `{"resourceType":"DocumentReference","id":"spaced","status":"current","subject":{"reference":"Patient/m"},"description":"quoted: {\\"url\\":\\"Binary/m-note\\"} and \\\\\\"url\\":\\"Binary/","content" : [ {"attachment": { "url" : "Binary/m-note" }},{"attachment":{"url":"Binary\\/form"}},{"attachment":{"url":"http://elsewhere.example/Binary/1"}} ]}`;

const INPUT: readonly Given[] = [
  given('Patient', 'm', { photo: [{ contentType: 'image/png', url: 'Binary/m-photo' }] }),
  given('Patient', 'inactive'),
  given('Patient', 'outsider'),
  text('m-note', { securityContext: to('Patient', 'm') }),
  given('Binary', 'm-photo', {
    contentType: 'image/png',
    securityContext: to('Patient', 'm'),
    data: base64(Buffer.from([0x89, 0x50, 0xff, 0x00, 0x0d, 0x0a])),
  }),
  text('inactive-note', { securityContext: to('Patient', 'inactive') }),
  text('outsider-note', { securityContext: to('Patient', 'outsider') }),
  text('form'),
  text('outsider-form'),
  text('nobodys-form'),
  given('Binary', 'page', {
    data: base64('<script>alert(1)</script>'),
    securityContext: to('Patient', 'm'),
    contentType: 'text/html',
  }),
  given('Binary', 'strange', {
    contentType: 'text/plain\r\nX-Evil: yes',
    securityContext: to('Patient', 'm'),
    data: base64(NOTE),
  }),
  given('Binary', 'empty', {
    contentType: 'text/plain',
    securityContext: to('Patient', 'm'),
  }),
  given('Binary', 'large', {
    securityContext: to('Patient', 'm'),
    data: base64(LARGE),
    contentType: 'application/pdf',
  }),
  documentOf('m-document', 'm', 'm-note'),
  documentOf('m-signed', 'm', 'form'),
  // What a member's document points at, though it is somebody else's, is not the member's.
  documentOf('m-pointing', 'm', 'outsider-note'),
  documentOf('outsider-signed', 'outsider', 'outsider-form'),
  given('DiagnosticReport', 'report', {
    status: 'final',
    subject: to('Patient', 'm'),
    presentedForm: [{ url: 'Binary/m-note' }],
  }),
  given('Observation', 'observation', {
    status: 'final',
    subject: to('Patient', 'm'),
    valueString: '"url":"Binary/m-note"',
  }),
  { type: 'DocumentReference', id: 'spaced', line: SPACED },
];

describe('Binary', () => {
  let service: GivenApp;
  let groupToken: string;

  beforeAll(async () => {
    service = await startGivenApp(INPUT, { CLINIC: ['m'], OTHER: ['outsider'] });
    await patientLists(service).add('CLINIC', ['inactive'], { inactive: true });
    groupToken = await (await registerApp(service, { groups: ['CLINIC', 'NONE'] })).token();
  });

  afterAll(() => service.close());

  const read = (id: string, token = service.token): request.Test =>
    request(service.url)
      .get(`/fhir/Binary/${id}`)
      .auth(token, { type: 'bearer' })
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          done(null, Buffer.concat(chunks));
        });
      });
  const bytesOf = (answer: Response): Buffer => answer.body as Buffer;

  describe('in exported lines', () => {
    const lineOf = async (type: string, id: string): Promise<string> => {
      const lines = await service.exported(`Group/CLINIC/$export?_type=${type}`);
      return lines.get(type)?.find((line) => line.includes(`"id":"${id}"`)) ?? '';
    };
    const givenLine = (id: string): string => INPUT.find((one) => one.id === id)?.line ?? '';

    it.each([
      ['DocumentReference', 'm-document'],
      ['DiagnosticReport', 'report'],
      ['Patient', 'm'],
    ])(
      'is the absolute URL of attachments of %s, and no other byte changes (DT-08, DT-11)',
      async (type, id) => {
        const line = await lineOf(type, id);

        expect(line).toBe(
          givenLine(id).replace('"url":"Binary/', `"url":"${service.fhirBase}/Binary/`),
        );
        expect(line).not.toBe(givenLine(id));
      },
    );

    it('is absolute however it is spelled, and never where text only quotes it', async () => {
      const base = `${service.fhirBase}/`;

      expect(await lineOf('DocumentReference', 'spaced')).toBe(
        SPACED.replace('"url" : "Binary/', `"url" : "${base}Binary/`).replace(
          '"url":"Binary\\/form"',
          `"url":"${base}Binary\\/form"`,
        ),
      );
    });

    it('is left alone in types without attachments', async () => {
      expect(await lineOf('Observation', 'observation')).toBe(givenLine('observation'));
    });

    it('is absolute where a Bundle gave the fullUrl of an entry, and leads to its bytes (DT-08, DT-09)', async () => {
      const urn = (number: number): string =>
        `urn:uuid:a0000000-0000-4000-8000-00000000000${number}`;
      const attachment = { contentType: 'text/plain', url: urn(2) };
      const entries = [
        { resourceType: 'Patient' },
        { resourceType: 'Binary', contentType: 'text/plain', data: base64(NOTE) },
        {
          resourceType: 'DocumentReference',
          subject: { reference: urn(1) },
          content: [{ attachment }],
        },
        {
          resourceType: 'DiagnosticReport',
          subject: { reference: urn(1) },
          presentedForm: [attachment],
        },
      ].map((resource, index) => ({ fullUrl: urn(index + 1), resource }));
      await service.loadBundle({ resourceType: 'Bundle', type: 'transaction', entry: entries });
      const lists = patientLists(service);
      await lists.create({ id: 'BUNDLED', name: 'Bundled' });
      await lists.add('BUNDLED', [urn(1).slice(9)]);

      const lines = await service.exported(
        'Group/BUNDLED/$export?_type=Binary,DiagnosticReport,DocumentReference',
      );

      const url = `${service.fhirBase}/Binary/${urn(2).slice(9)}`;
      expect(lines.get('Binary')).toHaveLength(1);
      expect(lines.get('DocumentReference')?.[0]).toContain(`"url":"${url}"`);
      expect(lines.get('DiagnosticReport')?.[0]).toContain(`"url":"${url}"`);
      expect(bytesOf(await read(urn(2).slice(9)).expect(200)).toString()).toBe(NOTE);
    });

    it('leads to the bytes with the token of the export (DT-09)', async () => {
      const token = await service.client.token('system/Group.rs system/DocumentReference.rs');
      const lines = await service.exported('Group/CLINIC/$export', token);
      const document = lines.get('DocumentReference')?.find((line) => line.includes('m-document'));
      const { content } = JSON.parse(document ?? '') as {
        content: [{ attachment: { url: string } }];
      };

      const answer = await request(content[0].attachment.url)
        .get('')
        .auth(token, { type: 'bearer' });

      expect(answer.status).toBe(200);
      expect(answer.text).toBe(NOTE);
    });
  });

  describe('when read', () => {
    it('is its content in its own type, which no browser opens as a page', async () => {
      const answer = await read('m-note').expect(200);

      expect(bytesOf(answer).toString()).toBe(NOTE);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': 'attachment',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        etag: 'W/"1"',
      });
    });

    it('keeps bytes that are no text', async () => {
      const answer = await read('m-photo').set('Accept', 'image/*').expect(200);

      expect(answer.headers['content-type']).toBe('image/png');
      expect(bytesOf(answer)).toStrictEqual(Buffer.from([0x89, 0x50, 0xff, 0x00, 0x0d, 0x0a]));
    });

    it('says no more of a content type than is stated', async () => {
      const answer = await read('page').expect(200);

      expect(answer.headers['content-type']).toBe('text/html');
      expect(bytesOf(answer).toString()).toBe('<script>alert(1)</script>');
    });

    it('does not repeat a content type that is none', async () => {
      const answer = await read('strange').expect(200);

      expect(answer.headers['content-type']).toBe('application/octet-stream');
      expect(answer.headers).not.toHaveProperty('x-evil');
    });

    it('may be empty', async () => {
      expect(bytesOf(await read('empty').expect(200))).toHaveLength(0);
    });

    it.each(['application/fhir+json', 'application/json', 'text/json', 'application/json+fhir'])(
      'is the resource for those who accept %s',
      async (accept) => {
        const answer = await read('m-note').set('Accept', accept).expect(200);

        expect(answer.headers['content-type']).toBe(accept);
        const stored = JSON.parse(bytesOf(answer).toString()) as object;
        const loaded = INPUT.find(({ id }) => id === 'm-note')?.line ?? '';
        expect(stored).toMatchObject(JSON.parse(loaded) as object);
      },
    );

    it.each([
      'text/plain; charset=utf-8',
      'text/plain;charset="UTF-8"',
      'text/plain',
      'text/plain; format=flowed',
      'text/*',
      'application/fhir+json;fhirVersion=4.0;q=0.1, text/plain; charset=utf-8',
      '',
    ])('is its content for those who accept "%s" (DT-08)', async (accept) => {
      const answer = await read('m-note').set('Accept', accept).expect(200);

      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(bytesOf(answer).toString()).toBe(NOTE);
    });

    it('is the resource for those who accept it in R4 (DT-08)', async () => {
      const accept = 'application/fhir+json; fhirVersion=4.0; charset=utf-8';
      const answer = await read('m-note').set('Accept', accept).expect(200);

      expect(answer.headers['content-type']).toBe('application/fhir+json');
      await read('m-note').set('Accept', 'application/fhir+json; fhirVersion=5.0').expect(406);
    });

    it.each([
      ['json', 'application/fhir+json'],
      ['application/fhir+json', 'application/fhir+json'],
      ['application/fhir%2Bjson', 'application/fhir+json'],
      ['application/json', 'application/fhir+json'],
      ['application/json+fhir', 'application/fhir+json'],
      ['text/plain', 'text/plain; charset=utf-8'],
    ])('is what _format=%s asks for, whatever Accept says', async (format, type) => {
      const answer = await read(`m-note?_format=${format}`).set('Accept', 'image/png').expect(200);

      expect(answer.headers['content-type']).toBe(type);
      expect(bytesOf(answer).toString().startsWith('{')).toBe(type.endsWith('json'));
    });

    it.each(['xml', 'application/pdf', '', 'nonsense', 'json&_format=text/plain'])(
      'answers 406 that names _format for _format=%s',
      async (format) => {
        const answer = await read(`m-note?_format=${format}`).expect(406);

        expect(bytesOf(answer).toString()).toContain('_format must admit');
      },
    );

    it('answers 406 when neither is accepted, and HEAD without a body', async () => {
      await read('m-note').set('Accept', 'image/png').expect(406);
      const head = await request(service.url)
        .head('/fhir/Binary/m-note')
        .auth(service.token, { type: 'bearer' });
      expect([head.status, head.headers['content-type']]).toStrictEqual([
        200,
        'text/plain; charset=utf-8',
      ]);
    });

    it('comes whole when it is large, and leaves no trace of those who break off', async () => {
      for (let left = 0; left < 6; left += 1) {
        const controller = new AbortController();
        const answer = await fetch(`${service.fhirBase}/Binary/large`, {
          headers: { Authorization: `Bearer ${service.token}` },
          signal: controller.signal,
        });
        expect(answer.status).toBe(200);
        controller.abort();
      }

      const whole = await read('large').expect(200);
      const hash = createHash('sha256').update(bytesOf(whole));

      // It stands behind the data.
      expect(whole.headers['content-type']).toBe('application/pdf');
      expect(hash.digest('hex')).toBe(createHash('sha256').update(LARGE).digest('hex'));
      await until('every query is over', async () => {
        const rows = await service.dataSource.query<unknown[]>(
          `select from pg_stat_activity
           where datname = current_database() and state = 'active' and query like 'copy%'`,
        );
        return rows.length === 0;
      });
    });

    it.each(['*/*', 'application/fhir+json'])(
      'is 503, and not empty, when its version goes while it is being opened (%s)',
      async (accept) => {
        const reader = service.app.get(BinaryReader, { strict: false });
        const find = reader.find.bind(reader);
        const interrupted = jest.spyOn(reader, 'find').mockImplementationOnce(async (...args) => {
          const found = await find(...args);
          await service.dataSource.query(
            `update clinical.resource set version = version + 1 where type = 'Binary' and id = 'large'`,
          );
          return found;
        });

        const answer = await read('large').set('Accept', accept);
        interrupted.mockRestore();

        expect([answer.status, answer.headers['retry-after']]).toStrictEqual([503, '1']);
        expect(bytesOf(answer).toString()).toContain('OperationOutcome');
        expect(bytesOf(await read('large').expect(200)).equals(LARGE)).toBe(true);
      },
    );

    it('is on record', async () => {
      await read('m-note', groupToken).expect(200);

      const [row] = await service.dataSource.query<{ outcome: string; detail: object }[]>(
        `select outcome, detail from audit.event where action = 'binary.read' order by id desc limit 1`,
      );
      expect(row).toStrictEqual({ outcome: 'success', detail: { binary: 'm-note' } });
    });
  });

  describe('is given to', () => {
    it.each([
      ['m-note', 'of a member', 200],
      ['form', 'of nobody, that a member’s document leads to', 200],
      ['inactive-note', 'of an inactive member', 404],
      ['outsider-note', 'of somebody else, though a member’s document points at it', 404],
      ['outsider-form', 'of nobody, that only somebody else’s document leads to', 404],
      ['nobodys-form', 'of nobody, that no document leads to', 404],
      ['unknown', 'that does not exist', 404],
      ['not_an_id', 'whose id is none', 404],
    ])('an app licensed for a group: %s, a Binary %s: %i', async (id, _whose, status) => {
      const answer = await request(service.url)
        .get(`/fhir/Binary/${id}`)
        .auth(groupToken, { type: 'bearer' });

      expect(answer.status).toBe(status);
    });

    it('those alone: whether others exist cannot be told from the answer', async () => {
      const answers = await Promise.all(
        ['outsider-note', 'surely-unknown'].map((id) =>
          request(service.url).get(`/fhir/Binary/${id}`).auth(groupToken, { type: 'bearer' }),
        ),
      );

      expect(answers[0]?.status).toBe(404);
      expect(answers[0]?.body).toStrictEqual(answers[1]?.body);
    });

    it.each([
      ['outsider-note', 200],
      ['outsider-form', 200],
      ['nobodys-form', 404],
      ['unknown', 404],
    ])('an app licensed for everybody: %s: %i', async (id, status) => {
      await read(id).expect(status);
    });

    it('no member’s group after the member has left it', async () => {
      const lists = patientLists(service);
      await lists.create({ id: 'LEAVING', name: 'Leaving' });
      await lists.add('LEAVING', ['outsider']);
      const token = await (await registerApp(service, { groups: ['LEAVING'] })).token();
      await read('outsider-note', token).expect(200);

      await lists.remove('LEAVING', ['outsider']);

      await read('outsider-note', token).expect(404);
    });

    it.each([
      ['system/Binary.rs', 200],
      ['system/DocumentReference.rs', 200],
      ['system/Patient.rs system/DiagnosticReport.rs', 403],
    ])('a token with %s: %i', async (scope, status) => {
      await read('m-note', await service.client.token(scope)).expect(status);
    });

    it('nobody without a token', async () => {
      await request(service.url).get('/fhir/Binary/m-note').expect(401);
    });
  });
});
