import { samplePatientId, sampleResources } from '../../libs/sample-data/src';
import { download, kickOff, type Manifest, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { patientLists } from '../support/groups';
import { type Asked, runJob } from '../support/job';
import { expectedExport, exportedLine, type Given } from '../support/truth';

const SAMPLE = { seed: 21, patients: 14 };
const MEMBERS = [0, 1, 2, 3, 5, 8].map((index) => samplePatientId(SAMPLE.seed, index));
const [first = '', second = ''] = MEMBERS;
/** Somebody of whom nothing is known but that they are in the group. */
const UNKNOWN = 'nobody-knows-them';

const SHARED = given('Condition', 'shared', {
  subject: to('Patient', first),
  asserter: to('Patient', second),
});
const INPUT: readonly Given[] = [...sampleResources(SAMPLE), SHARED];
const TARGET: Asked['target'] = { level: 'group', groupId: 'SOME' };

interface Block {
  readonly header: string;
  readonly lines: readonly string[];
}

function header(patientId: string): string {
  return `{"resourceType":"Parameters","parameter":[{"name":"header","valueReference":{"reference":"Patient/${patientId}"}}]}`;
}

const typeOf = (line: string): string =>
  (JSON.parse(line) as { resourceType: string }).resourceType;

function blocksOf(text: string): readonly Block[] {
  const blocks: { header: string; lines: string[] }[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (typeOf(line) === 'Parameters') blocks.push({ header: line, lines: [] });
    else blocks.at(-1)?.lines.push(line);
  }
  return blocks;
}

describe('organizeOutputBy=Patient', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(
      INPUT,
      { SOME: [...MEMBERS, UNKNOWN], GROWS: [first] },
      { EXPORT_FILE_MAX_RESOURCES: '150' },
    );
  });

  afterAll(() => service.close());

  const organized = (asked: Partial<Asked> = {}): Promise<Manifest> =>
    runJob(service, { target: TARGET, organizeBy: 'Patient', ...asked });

  async function filesOf(manifest: Manifest, token = service.token): Promise<readonly string[]> {
    return Promise.all(manifest.output.map((file) => download(file.url, token)));
  }

  /** What the block of a patient must hold: what an export of that patient alone would give. */
  function expectedLines(patientId: string): readonly string[] {
    const expected = expectedExport(INPUT, new Set([patientId]));
    return INPUT.filter(({ type, id }) => type !== 'Binary' && expected.get(type)?.has(id))
      .map((one) => exportedLine(one, service.fhirBase))
      .sort();
  }

  it('gives one block a patient: the header, the Patient, then everything of theirs (PR-90, FO-03, FO-04, FO-08, FO-09)', async () => {
    const blocks = (await filesOf(await organized())).flatMap(blocksOf);

    expect(blocks.map((block) => block.header)).toStrictEqual([...MEMBERS].sort().map(header));
    for (const [index, patientId] of [...MEMBERS].sort().entries()) {
      const lines = blocks[index]?.lines ?? [];
      expect(typeOf(lines[0] ?? '')).toBe('Patient');
      expect([...lines].sort()).toStrictEqual(expectedLines(patientId));
    }
  });

  it('repeats what is in the compartments of two patients in both blocks (FO-03)', async () => {
    const files = await filesOf(await organized({ types: ['Condition'] }));

    const holders = files
      .flatMap(blocksOf)
      .filter(({ lines }) => lines.includes(SHARED.line))
      .map((block) => block.header);
    expect(holders).toStrictEqual([first, second].sort().map(header));
  });

  it('puts many blocks into a file, and never part of one (FO-05, FO-06)', async () => {
    const manifest = await organized();
    const files = await filesOf(manifest);

    expect(files.length).toBeGreaterThan(1);
    expect(files.length).toBeLessThan(MEMBERS.length);
    for (const file of files) expect(file).toMatch(/^\{"resourceType":"Parameters"/);
    const headers = files.flatMap(blocksOf).map((block) => block.header);
    expect(new Set(headers).size).toBe(headers.length);
  });

  it('says so in the manifest, names no types, and counts resources without headers (MF-07, MF-10, MF-11, FO-10)', async () => {
    const manifest = await organized();
    const files = await filesOf(manifest);

    expect(manifest.outputOrganizedBy).toBe('Patient');
    for (const [index, item] of manifest.output.entries()) {
      expect(item).not.toHaveProperty('type');
      expect(item).not.toHaveProperty('continuesInFile');
      const resources = blocksOf(files[index] ?? '').flatMap(({ lines }) => lines);
      expect(item.count).toBe(resources.length);
    }
  });

  it('obeys _type, _elements and the patient parameter (PR-30, PR-40, PR-50)', async () => {
    const [file = ''] = await filesOf(
      await organized({ types: ['Goal'], elements: { Goal: ['description'] }, patients: [first] }),
    );

    const [block, ...others] = blocksOf(file);
    expect(others).toStrictEqual([]);
    expect(block?.header).toBe(header(first));
    for (const line of block?.lines ?? []) {
      expect(typeOf(line)).toBe('Goal');
      expect(line).toContain('SUBSETTED');
    }
  });

  it('is asked for at kick-off, and obeys _typeFilter, references to our own URL included (PR-90, PR-73, PR-75)', async () => {
    const filter = encodeURIComponent(`Goal?subject=${service.fhirBase}/Patient/${first}`);
    const query = `organizeOutputBy=Patient&_type=Patient,Goal&_typeFilter=${filter}`;
    const statusUrl = await kickOff(service, `Group/SOME/$export?${query}`, service.token);

    const blocks = (await filesOf(await manifestOf(service, statusUrl, service.token))).flatMap(
      blocksOf,
    );

    const holders = blocks.filter(({ lines }) => lines.some((line) => typeOf(line) === 'Goal'));
    expect(holders.map((block) => block.header)).toStrictEqual([header(first)]);
    expect(blocks.map((block) => block.header)).toStrictEqual([...MEMBERS].sort().map(header));
  });

  it('gives the whole block of who joined the group after _since, and of the others what changed (PR-10, PR-13)', async () => {
    const ask = async (parameters: string): Promise<Manifest> =>
      manifestOf(
        service,
        await kickOff(service, `Group/GROWS/$export?${parameters}`, service.token),
        service.token,
      );
    const { transactionTime } = await ask('organizeOutputBy=Patient');
    await patientLists(service).add('GROWS', [second]);

    const grown = await ask(`organizeOutputBy=Patient&_since=${transactionTime}`);

    const blocks = (await filesOf(grown)).flatMap(blocksOf);
    expect(blocks.map((block) => block.header)).toStrictEqual([header(second)]);
    expect([...(blocks[0]?.lines ?? [])].sort()).toStrictEqual(expectedLines(second));
  });

  it('gives Provenance of what is in the block, if asked for the newest of each alone (PR-61)', async () => {
    const asked = { types: ['Goal', 'Provenance'], provenanceOf: ['Goal'] } as const;

    const files = await filesOf(await organized({ ...asked, provenance: 'latest' }));

    const whole = await filesOf(
      await runJob(service, { target: TARGET, ...asked, provenance: 'latest' }),
    );
    const lines = (texts: readonly string[]): readonly string[] =>
      [...new Set(texts.flatMap((text) => text.split('\n')))]
        .filter((line) => line !== '' && typeOf(line) === 'Provenance')
        .sort();
    expect(lines(files)).toStrictEqual(lines(whole));
    expect(lines(files).length).toBeGreaterThan(0);
  });

  it('is the same in many parts (PR-90)', async () => {
    const whole = (await filesOf(await organized())).flatMap(blocksOf);
    await service.dataSource.query(`
      create function export.cut_blocks() returns trigger language plpgsql as $$
      begin
        insert into export.part (id, job_id, kind, type, slot_from, slot_to, estimated_bytes, not_before)
        values (gen_random_uuid(), new.job_id, 'blocks', new.type, 300, new.slot_to, 1, now());
        update export.part set slot_to = 299 where id = new.id;
        return new;
      end $$;
      create trigger cut_blocks after insert on export.part for each row
      when (new.kind = 'blocks' and new.slot_from = 0) execute function export.cut_blocks()`);

    const manifest = await organized();

    const cut = (await filesOf(manifest)).flatMap(blocksOf);
    const byHeader = (one: Block, other: Block): number => (one.header < other.header ? -1 : 1);
    expect([...cut].sort(byHeader)).toStrictEqual([...whole].sort(byHeader));
  });

  it('needs a token that covers every type of the export for any file (SEC-04, SEC-07)', async () => {
    const manifest = await organized();
    const narrow = await service.client.token('system/Patient.rs system/Group.rs');

    await expect(filesOf(manifest, narrow)).rejects.toThrow('403');
  });
});
