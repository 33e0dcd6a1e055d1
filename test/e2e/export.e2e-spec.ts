import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import request from 'supertest';

import { sampleGroups, samplePatientId, sampleResources } from '../../libs/sample-data/src';
import { AuditLog } from '../../src/audit';
import { loadFiles } from '../../src/feed';
import { PatientLists } from '../../src/groups';
import { startTestApp, type TestApp } from '../support/app';
import { download, downloadAll, kickOff, manifestOf } from '../support/export';
import { type RegisteredApp, registerApp } from '../support/registered-app';
import { expectedExport, exportedLine, type Given } from '../support/truth';

const SAMPLE = { seed: 7, patients: 24 };

/** A line of 8 MB with characters of one to four bytes and a decimal that ends in zero. */
function longResource(): Given {
  const patient = samplePatientId(SAMPLE.seed, 0);
  const text = 'Zoë 李 🩺 '.repeat(450_000);
  const line = `{"resourceType":"DocumentReference","id":"very-long","status":"current","subject":{"reference":"Patient/${patient}"},"description":"${text}","extension":[{"url":"urn:x","valueDecimal":1.10}]}`;
  return { type: 'DocumentReference', id: 'very-long', line };
}

describe('Group export', () => {
  let service: TestApp;
  let app: RegisteredApp;
  let token: string;
  let folder: string;
  const input: readonly Given[] = [...sampleResources(SAMPLE), longResource()];
  const lineOf = new Map(input.map((given) => [`${given.type}/${given.id}`, given]));

  beforeAll(async () => {
    // Tests move the clock instead of waiting: tokens must outlast that.
    service = await startTestApp({ TOKEN_LIFETIME_SECONDS: '86400' });
    app = await registerApp(service);
    token = await app.token();
    folder = await mkdtemp(join(tmpdir(), 'bulk-input-'));
    await writeFile(join(folder, 'all.ndjson'), input.map((given) => `${given.line}\n`).join(''));
    await loadFiles(service.environment['DATABASE_URL'] ?? '', [folder], { keepMeta: true });
    const lists = new PatientLists(
      service.dataSource,
      service.app.get(AuditLog, { strict: false }),
    );
    for (const group of sampleGroups(SAMPLE)) {
      await lists.create({ id: group.id, name: group.name });
      await lists.add(group.id, group.patientIds);
    }
    await lists.create({ id: 'EMPTY', name: 'Nobody' });
  });

  afterAll(async () => {
    await service.close();
    await rm(folder, { recursive: true });
  });

  async function exported(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
    return downloadAll(
      await manifestOf(service, await kickOff(service, path, token), token),
      token,
    );
  }

  function idsOf(lines: readonly string[] | undefined): readonly string[] {
    return (lines ?? []).map((line) => (JSON.parse(line) as { id: string }).id).sort();
  }

  it.each(sampleGroups(SAMPLE).map((group) => group.id))(
    'gives group %s everything of its members once, byte for byte but for URLs of Binaries, and nothing else (PR-31, PR-91, FO-01, KO-08, KO-09, DT-01)',
    async (id) => {
      const group = sampleGroups(SAMPLE).find((one) => one.id === id);
      const expected = expectedExport(input, new Set(group?.patientIds));

      const lines = await exported(`Group/${id}/$export`);

      const groupLine = JSON.parse(lines.get('Group')?.[0] ?? '{}') as { id: string };
      expect(groupLine.id).toBe(id);
      const types = [...expected.keys()].filter((type) => type !== 'Binary').sort();
      expect([...lines.keys()].filter((type) => type !== 'Group').sort()).toStrictEqual(types);
      for (const type of types) {
        expect([type, idsOf(lines.get(type))]).toStrictEqual([
          type,
          [...(expected.get(type) ?? [])].sort(),
        ]);
        for (const line of lines.get(type) ?? []) {
          const key = `${type}/${(JSON.parse(line) as { id: string }).id}`;
          const given = lineOf.get(key);
          expect(line).toBe(given && exportedLine(given, service.fhirBase));
        }
      }
    },
  );

  it('gives Binary to those who name it (DT-05)', async () => {
    const group = sampleGroups(SAMPLE).find((one) => one.id === 'PED-301');
    const expected = expectedExport(input, new Set(group?.patientIds));

    const lines = await exported('Group/PED-301/$export?_type=Binary');

    expect([...lines.keys()]).toStrictEqual(['Binary']);
    expect(idsOf(lines.get('Binary'))).toStrictEqual([...(expected.get('Binary') ?? [])].sort());
  });

  it('completes the export of an empty group at once, with no files (GR-08)', async () => {
    const statusUrl = await kickOff(service, 'Group/EMPTY/$export', token);

    const manifest = await manifestOf(service, statusUrl, token);

    expect(manifest.output).toStrictEqual([]);
    expect(manifest.error).toStrictEqual([]);
  });

  it('treats repeated _type like a comma list, and gives only those types (PR-30, EN-04)', async () => {
    const lines = await exported(
      'Group/INF-101/$export?_type=Patient,Goal&_type=Goal,%20Condition',
    );

    expect([...lines.keys()].sort()).toStrictEqual(['Condition', 'Goal', 'Patient']);
  });

  it('gives with _since what changed later, not what changed at that instant (PR-10)', async () => {
    const times = input
      .filter((given) => given.type === 'Condition')
      .flatMap(
        (given) =>
          (JSON.parse(given.line) as { meta?: { lastUpdated?: string } }).meta?.lastUpdated ?? [],
      )
      .sort((a, b) => Date.parse(a) - Date.parse(b));
    const since = times[Math.floor(times.length / 2)] ?? '';

    const lines = await exported(
      `Group/INF-101/$export?_type=Condition&_since=${encodeURIComponent(since)}`,
    );

    const expected = input
      .filter((given) => given.type === 'Condition')
      .filter((given) => {
        const { meta } = JSON.parse(given.line) as { meta?: { lastUpdated?: string } };
        return meta?.lastUpdated === undefined || Date.parse(meta.lastUpdated) > Date.parse(since);
      })
      .map((given) => given.id);
    expect(idsOf(lines.get('Condition'))).toStrictEqual(expected.sort());
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(times.length);
  });

  it('answers a kick-off with 202, an absolute Content-Location and no data (KO-03, KR-01, KR-02, KR-03)', async () => {
    const answer = await request(service.url)
      .get('/fhir/Group/INF-101/$export?_type=Patient')
      .auth(token, { type: 'bearer' })
      .set('Accept', 'application/fhir+json')
      .set('Prefer', 'respond-async')
      .expect(202);

    expect(answer.headers['content-location']).toMatch(
      new RegExp(`^${service.fhirBase}/bulk-status/[0-9a-f-]{36}$`),
    );
    expect(answer.text).toBe('');
  });

  it('takes the encoded operation name too (KO-14)', async () => {
    await request(service.url)
      .get('/fhir/Group/INF-101/%24export?_type=Patient')
      .auth(token, { type: 'bearer' })
      .expect(202);
  });

  it('writes the manifest as the standard has it (MF-01, MF-04 to MF-06, MF-08 to MF-11, MF-16, MF-18, ST-07, ST-08)', async () => {
    const path = 'Group/INF-101/$export?_type=Patient,Practitioner';
    const before = Date.now();
    const statusUrl = await kickOff(service, path, token);
    await manifestOf(service, statusUrl, token);

    const answer = await request(statusUrl).get('').auth(token, { type: 'bearer' }).expect(200);

    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['cache-control']).toBe('no-store');
    const expires = Date.parse(answer.headers['expires'] as string);
    expect(expires).toBeGreaterThan(before + 86_000_000);
    const manifest = answer.body as Awaited<ReturnType<typeof manifestOf>>;
    expect(manifest.request).toBe(`${service.fhirBase}/${path}`);
    expect(manifest.requiresAccessToken).toBe(true);
    expect(manifest.error).toStrictEqual([]);
    expect(manifest.output.map((file) => [file.type, file.count])).toStrictEqual([
      ['Patient', SAMPLE.patients],
      ['Practitioner', expect.any(Number)],
    ]);
    expect(Math.abs(Date.parse(manifest.transactionTime) - before)).toBeLessThan(10_000);
    const [file] = manifest.output;
    const text = await download(file?.url ?? '', token);
    expect(file?.extension).toStrictEqual({
      'urn:ehr-bulk-data:sha256': createHash('sha256').update(text).digest('hex'),
      'urn:ehr-bulk-data:bytes': Buffer.byteLength(text),
    });
    expect(text.split('\n')).toHaveLength(SAMPLE.patients + 1);
  });

  it('serves files as application/fhir+ndjson with a strong ETag and their length (PR-01, PR-02, PR-05, MF-19, FR-01, FR-02)', async () => {
    const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Patient', token);
    const { output } = await manifestOf(service, statusUrl, token);

    const answer = await request(output[0]?.url ?? '')
      .head('')
      .auth(token, { type: 'bearer' })
      .expect(200);

    expect(answer.headers['content-type']).toBe('application/fhir+ndjson');
    expect(answer.headers['etag']).toBe(
      `"${String(output[0]?.extension['urn:ehr-bulk-data:sha256'])}"`,
    );
    expect(Number(answer.headers['content-length'])).toBe(
      output[0]?.extension['urn:ehr-bulk-data:bytes'],
    );
  });

  it('announces progress and the next poll, and refuses earlier polls with the seconds that remain (ST-02 to ST-05)', async () => {
    const statusUrl = await kickOff(service, 'Group/INF-101/$export', token);

    const first = await request(statusUrl).get('').auth(token, { type: 'bearer' });
    const second = await request(statusUrl).get('').auth(token, { type: 'bearer' });

    // The first poll is never early; what comes before the announced time is, whatever the job's state.
    expect(first.status).toBe(202);
    expect(first.headers['x-progress']).toMatch(/^\d{1,2}%$/);
    expect(first.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(second.status).toBe(429);
    expect(Number(second.headers['retry-after'])).toBeLessThanOrEqual(
      Number(first.headers['retry-after']),
    );
    expect(second.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(second.body).toMatchObject({ issue: [{ code: 'throttled' }] });
    await manifestOf(service, statusUrl, token);
  });

  it('deletes with 202; then status, files and a second DELETE are 404 and the bytes are gone (DL-03, DL-05)', async () => {
    const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Patient', token);
    const { output } = await manifestOf(service, statusUrl, token);

    await request(statusUrl).delete('').auth(token, { type: 'bearer' }).expect(202);

    for (const url of [statusUrl, output[0]?.url ?? '']) {
      const answer = await request(url).get('').auth(token, { type: 'bearer' }).expect(404);
      expect(answer.body).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ code: 'not-found' }],
      });
    }
    await request(statusUrl).delete('').auth(token, { type: 'bearer' }).expect(404);
  });

  it('takes the parameters of a POST from a Parameters body (KO-06, EN-02)', async () => {
    const answer = await request(service.url)
      .post('/fhir/Group/INF-101/$export')
      .auth(token, { type: 'bearer' })
      .set('Content-Type', 'application/fhir+json')
      .send(
        JSON.stringify({
          resourceType: 'Parameters',
          parameter: [
            { name: '_type', valueString: 'Patient' },
            { name: '_type', valueString: 'Goal' },
          ],
        }),
      )
      .expect(202);

    const manifest = await manifestOf(service, answer.headers['content-location'] as string, token);

    expect(manifest.output.map((file) => file.type)).toStrictEqual(['Goal', 'Patient']);
    expect(manifest.request).toBe(`${service.fhirBase}/Group/INF-101/$export`);
  });
});
