import { downloadAll } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { runJob } from '../support/job';
import type { Given } from '../support/truth';

const SUBSETTED =
  '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}';
const OTHER_TAG = '{"system":"urn:x","code":"kept" , "display":"as it is"}';

const text = (type: string, id: string, line: string): Given => ({ type, id, line });

/** Members in the order of the input; what is kept says so in its value. */
const OBSERVATION = text(
  'Observation',
  'o1',
  String.raw`{"resourceType":"Observation","id":"o1","meta":{"versionId":"1"},"status":"final","_status":{"id":"s"},"code":{"text":"kept \u00e9 \"quoted\" \\u0041"},"note":[{"text":"dropped"}],"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":1.10, "extension" : [ {"url":"u","valueDecimal":1e3} ]},"implicitRules":"urn:kept","modifierExtension":[{"url":"urn:kept"}],"interpretation":[]}`,
);

const META = (meta: string, id: string): Given =>
  text(
    'Goal',
    id,
    `{"resourceType":"Goal","id":"${id}"${meta},"lifecycleStatus":"active","description":{"text":"d"},"subject":{"reference":"Patient/p1"},"note":[]}`,
  );

const INPUT: readonly Given[] = [
  given('Patient', 'p1', { birthDate: '1970-01-01', name: [{ family: 'F' }] }),
  OBSERVATION,
  META(',"meta":{"versionId":"1","tag":[]}', 'empty-tag'),
  META(`,"meta":{"tag": [ ${OTHER_TAG} ] ,"source":"urn:s"}`, 'other-tag'),
  META(`,"meta":{"tag":[${SUBSETTED}]}`, 'tagged'),
  META(',"meta":{"_profile":[{"id":"a"}],"profile":["urn:p"],"security":[ ]}', 'claiming'),
  META(',"meta":{"profile":["urn:p"]}', 'only-claiming'),
  given('Condition', 'c1', {
    meta: { profile: ['urn:whole'] },
    subject: to('Patient', 'p1'),
    note: [{ text: 'whole' }],
  }),
  given('DocumentReference', 'd1', {
    status: 'current',
    subject: to('Patient', 'p1'),
    content: [{ attachment: { url: 'Binary/b1' } }],
    description: 'dropped',
  }),
];

const NOTE = {
  'escaped-nul': String.raw`"note":[{"text":"\u0000 \\\u0000 \\u0000"}]`,
  'half-a-pair': String.raw`"note":[{"text":"\ud800 and \udc00"}]`,
  'whole-pair': String.raw`"note":[{"text":"\ud83d\ude00"}]`,
  'no-character': String.raw`"note":[{"text":"${String.fromCodePoint(0xfdd0)}a${String.fromCodePoint(0xfdd0)}b\u0041"}]`,
  'no-meta': '"note":[]',
  'empty-meta': '"meta":{ } ,"note":[ ]',
  doubled: '"note":[{"text":"one"}],"note":[{"text":"two"}]',
};

const ODD: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(NOTE).map(([id, note]) => [
    id,
    `{"resourceType":"Procedure","id":"${id}",${note},"status":"completed","subject":{"reference":"Patient/p1"},"outcome":{"text":"dropped"}}`,
  ]),
);

const ODD_KEPT: Readonly<Record<string, string>> = {
  ...NOTE,
  'empty-meta': `"meta":{"tag":[${SUBSETTED}]},"note":[ ]`,
};

describe('_elements', () => {
  let service: GivenApp;
  let lines: ReadonlyMap<string, readonly string[]>;
  let errors: number;

  /** Keys as they stand in the text, in their order. */
  const keys = (line: string | undefined): readonly string[] =>
    Object.keys(JSON.parse(line ?? '{}') as object);
  const goal = (id: string): string =>
    lines.get('Goal')?.find((line) => line.includes(`"id":"${id}"`)) ?? '';

  beforeAll(async () => {
    service = await startGivenApp(INPUT, { ABC: ['p1'] });
    // A source of another make, whose texts the loader has not looked at.
    for (const [id, line] of Object.entries(ODD)) {
      await service.dataSource.query(
        `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
         values (now(), 1, 'Procedure', $1, 'p1', '\\x00', $2)`,
        [id, line],
      );
    }
    const manifest = await runJob(service, {
      target: { level: 'group', groupId: 'ABC' },
      elements: {
        Observation: ['value', 'code', 'nothingSuch'],
        Goal: ['subject'],
        Patient: ['birthDate'],
        DocumentReference: ['content'],
        Procedure: ['note'],
      },
    });
    errors = manifest.error.length;
    lines = await downloadAll(manifest, service.token);
  });

  afterAll(() => service.close());

  it('keeps what is asked for, the mandatory and what modifies, with their siblings, and drops the rest (PR-40, PR-41, PR-44, PR-47)', () => {
    expect(keys(lines.get('Observation')?.[0])).toStrictEqual([
      'resourceType',
      'id',
      'meta',
      'status',
      '_status',
      'code',
      'valueQuantity',
      'implicitRules',
      'modifierExtension',
    ]);
    expect(keys(lines.get('Patient')?.[0])).toStrictEqual(
      expect.arrayContaining(['resourceType', 'id', 'meta', 'birthDate']),
    );
    expect(keys(lines.get('Patient')?.[0])).not.toContain('name');
  });

  it('keeps the bytes of what is kept: decimals, escapes, white space (PR-40, DT-13)', () => {
    const line = lines.get('Observation')?.[0] ?? '';

    for (const value of [
      String.raw`"code":{"text":"kept \u00e9 \"quoted\" \\u0041"}`,
      '"valueQuantity":{"value":1.10, "extension" : [ {"url":"u","valueDecimal":1e3} ]}',
      '"_status":{"id":"s"}',
    ]) {
      expect(line).toContain(value);
    }
  });

  it.each([
    ['an empty list', 'empty-tag', `"tag":[${SUBSETTED}]`],
    ['another tag', 'other-tag', `"tag":[${OTHER_TAG},${SUBSETTED}]`],
    ['the tag itself', 'tagged', `"tag":[${SUBSETTED}]`],
  ])(
    'tags a resource that has %s SUBSETTED, once, and keeps what else is in meta (PR-45)',
    (_case, id, tag) => {
      expect(goal(id)).toContain(tag);
      expect(goal(id).split('SUBSETTED')).toHaveLength(2);
    },
  );

  it('keeps what else is in meta, and can read every line (PR-47)', () => {
    expect(goal('other-tag')).toContain('"source":"urn:s"');
    expect(errors).toBe(0);
  });

  it.each([
    ['claiming', `"meta":{"security":[ ],"tag":[${SUBSETTED}]}`],
    ['only-claiming', `"meta":{"tag":[${SUBSETTED}]}`],
  ])('drops the profiles that a trimmed resource claims: %s', (id, meta) => {
    expect(goal(id)).toContain(meta);
  });

  it('leaves the profiles of whole resources', () => {
    expect(lines.get('Condition')?.[0]).toContain('"profile":["urn:whole"]');
  });

  it('leaves types whole of which no element is named (PR-42, PR-47)', () => {
    expect(keys(lines.get('Condition')?.[0])).toContain('note');
    expect(lines.get('Condition')?.[0]).not.toContain('SUBSETTED');
  });

  it('makes attachments absolute in what is kept (DT-08)', () => {
    const [line] = lines.get('DocumentReference') ?? [];

    expect(line).toContain(`"url":"${service.fhirBase}/Binary/b1"`);
    expect(line).not.toContain('dropped');
  });

  it.each(Object.keys(ODD_KEPT))(
    'reads %s that a source of another make may hold (PR-40, DT-12)',
    (id) => {
      const line = lines.get('Procedure')?.find((one) => one.includes(`"id":"${id}"`)) ?? '';

      expect(line).toContain(ODD_KEPT[id]);
      expect(line).not.toContain('dropped');
      expect(line).toContain(SUBSETTED);
      expect(line.includes('\n')).toBe(false);
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    },
  );
});
