import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkExport, type CheckResult } from '../../scripts/demo/check/check-export';
import { allButStoreMeta, entryForm } from '../../scripts/demo/check/normal-form';

type Lines = Readonly<Record<string, readonly string[]>>;

const PATIENT =
  '{"resourceType":"Patient","id":"p","meta":{"versionId":"1"},"multipleBirthInteger":1.10}';
const GROUP =
  '{"resourceType":"Group","id":"INF-101","member":[{"entity":{"reference":"Patient/p"}}]}';
const observation = (id: string, rest = ''): string =>
  `{"resourceType":"Observation","id":"${id}","subject":{"reference":"Patient/p"}${rest}}`;

const INPUT: Lines = {
  Patient: [PATIENT],
  Observation: [
    observation('o1'),
    observation('o2', ',"performer":[{"reference":"Practitioner/d"}]'),
  ],
  Practitioner: [
    '{"resourceType":"Practitioner","id":"d"}',
    '{"resourceType":"Practitioner","id":"e"}',
  ],
  Claim: ['{"resourceType":"Claim","id":"c","patient":{"reference":"Patient/p"}}'],
};
const EXPORTED: Lines = {
  Patient: INPUT['Patient'] ?? [],
  Observation: INPUT['Observation'] ?? [],
  Practitioner: ['{"resourceType":"Practitioner","id":"d"}'],
  Group: [GROUP],
};

describe(checkExport, () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'demo-check-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, lines: Lines): readonly string[] {
    mkdirSync(join(folder, name));
    return Object.entries(lines).map(([type, texts]) => {
      const file = join(folder, name, `${type}.ndjson`);
      writeFileSync(file, texts.map((text) => `${text}\n`).join(''));
      return file;
    });
  }

  async function check(
    exported: Lines,
    options: { metaKept?: boolean; storeKept?: boolean; sha256?: string } = {},
  ): Promise<CheckResult> {
    write('input', INPUT);
    const files = write('export', exported).map((path) => {
      const bytes = readFileSync(path);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const received = {
        bytes: bytes.length,
        lines: bytes.toString().split('\n').length - 1,
        sha256,
      };
      const extension = {
        'urn:ehr-bulk-data:sha256': options.sha256 ?? sha256,
        'urn:ehr-bulk-data:bytes': bytes.length,
      };
      return { path, received, listed: { type: '', url: path, count: received.lines, extension } };
    });
    const output = files.map(({ listed }) => listed);
    const manifest = {
      transactionTime: '',
      request: '',
      requiresAccessToken: true,
      output,
      error: [],
    };
    return await checkExport(
      { files, manifest, exportSeconds: 0, downloadSeconds: 0 },
      {
        input: join(folder, 'input'),
        metaKept: options.metaKept ?? true,
        storeKept: options.storeKept ?? false,
        group: 'INF-101',
        folder: join(folder, 'scratch'),
        rejectsFile: join(folder, 'rejects'),
        signal: new AbortController().signal,
      },
    );
  }

  it('finds nothing wrong with a right export, and says why the rest is not in it', async () => {
    const { faults, notExported, loaded } = await check(EXPORTED);

    expect(faults).toStrictEqual([]);
    expect([...notExported].sort()).toStrictEqual([
      '1 Claim, a type that is not exported',
      '1 not pointed at by anything exported: Practitioner/e',
    ]);
    expect(Object.fromEntries(loaded)).toStrictEqual({
      Patient: 1,
      Observation: 2,
      Practitioner: 2,
      Claim: 1,
    });
  });

  it.each<readonly [string, Lines, string]>([
    [
      'lost',
      { Observation: [observation('o1')] },
      '1 loaded resource(s) should have been exported: Observation/o2',
    ],
    [
      'whose target is lost',
      { Practitioner: [] },
      '1 loaded resource(s) should have been exported: Practitioner/d',
    ],
    ['given twice', { Patient: [PATIENT, PATIENT] }, 'resource(s) were exported more than once'],
    [
      'from elsewhere',
      { Goal: ['{"resourceType":"Goal","id":"x"}'] },
      'exported resource(s) are not in the input',
    ],
    [
      'with another decimal',
      { Patient: [PATIENT.replace('1.10', '1.1')] },
      'exported resource(s) differ from the input',
    ],
    [
      'with other meta',
      { Patient: [PATIENT.replace('"1"', '"2"')] },
      'exported resource(s) differ from the input',
    ],
    [
      'that is cut off',
      { Patient: [PATIENT.slice(0, -9)] },
      'line(s) of the export are no resource',
    ],
    [
      'in another group',
      { Group: [GROUP.replace('INF-101', 'other')] },
      'group(s) exported instead of INF-101 alone',
    ],
  ])('notices a resource %s', async (_what, change, fault) => {
    const { faults } = await check({ ...EXPORTED, ...change });

    expect(faults.join('\n')).toContain(fault);
  });

  it('notices a file that is not what the manifest says', async () => {
    const { faults } = await check(EXPORTED, { sha256: 'other' });

    expect(faults.join('\n')).toContain('4 file(s) have another sha256 than the manifest says');
  });

  it('passes over the two values that the store sets, unless they were to be kept', async () => {
    const stamped = PATIENT.replace('"1"', '"2","lastUpdated":"2026-01-31T12:00:00Z"');

    const { faults } = await check({ ...EXPORTED, Patient: [stamped] }, { metaKept: false });

    expect(faults).toStrictEqual([]);
  });

  it('lets a store that was kept hold more', async () => {
    const more = { ...EXPORTED, Goal: ['{"resourceType":"Goal","id":"x"}'] };

    expect((await check(more, { storeKept: true })).faults).toStrictEqual([]);
  });
});

describe('the normal form without what the store sets', () => {
  const form = (text: string): string => allButStoreMeta(Buffer.from(text)).toString();

  it.each([
    [
      'no meta',
      '{"id":"a", "x":1}',
      '{"id":"a","meta":{"versionId":"1","lastUpdated":"t"}, "x":1}',
    ],
    ['no meta, id last', '{"id":"a"}', '{"id":"a","meta":{"versionId":"1","lastUpdated":"t"}}'],
    [
      'an empty meta',
      '{"meta":{},"id":"a"}',
      '{"meta":{"versionId":"1","lastUpdated":"t"},"id":"a"}',
    ],
    [
      'other values',
      '{"meta":{"versionId":"9"},"id":"a"}',
      '{"meta":{"lastUpdated":"t","versionId":"1"},"id":"a"}',
    ],
    [
      'more in meta',
      '{"meta":{ "tag":["}"], "lastUpdated":"s" },"id":"a"}',
      '{"meta":{"versionId":"1", "tag":["}"], "lastUpdated":"t" },"id":"a"}',
    ],
  ])('is the same before and after a load of %s', (_what, received, stored) => {
    expect(form(stored)).toBe(form(received));
  });

  it.each([
    ['a byte of a string', '{"id":"a","x":"é"}', '{"id":"a","x":"e"}'],
    ['white space', '{"id":"a", "x":1}', '{"id":"a","x":1}'],
    ['a tag', '{"id":"a","meta":{"tag":[1]}}', '{"id":"a","meta":{"tag":[2]}}'],
    [
      'meta of a part',
      '{"id":"a","x":{"meta":{"versionId":"1"}}}',
      '{"id":"a","x":{"meta":{"versionId":"2"}}}',
    ],
  ])('tells apart %s', (_what, one, other) => {
    expect(form(one)).not.toBe(form(other));
  });
});

describe('the normal form of entries of Bundles', () => {
  it.each([
    ['an attachment', String.raw`"content":[{"attachment":{"url":"@"}}]`],
    ['a narrative', String.raw`"text":{"div":"<p><a href=\"@\">here<\/a><img src='@'\/><\/p>"}`],
  ])('is the same after the links of %s are resolved', (_what, rest) => {
    const form = (link: string, text = rest): Buffer =>
      entryForm(Buffer.from(`{"resourceType":"Basic","id":"b",${text.replaceAll('@', link)}}`));

    expect(form('urn:uuid:1-2')).toStrictEqual(form('Binary/1-2'));
    expect(form('http://x.example/fhir/Binary/1')).toStrictEqual(form('Binary/1'));
    expect(form('urn:uuid:1-2')).not.toStrictEqual(form('see urn:uuid:1-2'));
  });

  it('is the same after white space is gone and references are resolved', () => {
    const entry =
      '{ "resourceType": "Condition",\n "subject": { "reference": "urn:uuid:1" }, "n": 1.10 }';
    const stored =
      '{"resourceType":"Condition","id":"2","meta":{"versionId":"1","lastUpdated":"t"},"subject":{"reference":"Patient/1"},"n":1.10}';

    expect(entryForm(Buffer.from(stored))).toStrictEqual(entryForm(Buffer.from(entry)));
    expect(entryForm(Buffer.from(stored.replace('1.10', '1.1')))).not.toStrictEqual(
      entryForm(Buffer.from(entry)),
    );
  });
});
