import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { writeSampleData } from './index';
import { listOf } from './testing/sample-reading';

const OPTIONS = { seed: 9, patients: 40 };

describe(writeSampleData, () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sample-data-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('writes a file of each type and says how many lines it has', async () => {
    const counts = await writeSampleData(join(directory, 'new', 'place'), OPTIONS);
    const files = await readdir(join(directory, 'new', 'place'));

    const types = OFFERED_BY_DEFAULT.filter((type) => type !== 'Group');
    expect(files.sort()).toStrictEqual(types.map((type) => `${type}.ndjson`).sort());
    expect([...counts.keys()].sort()).toStrictEqual([...types].sort());
    for (const [type, count] of counts) {
      expect(await linesOf(join(directory, 'new', 'place'), type)).toHaveLength(count);
    }
  });

  it('keeps order and bytes over many pieces of a file', async () => {
    await writeSampleData(directory, OPTIONS);
    const written = await linesOf(directory, 'Observation');

    const expected = listOf(OPTIONS.seed, OPTIONS.patients)
      .filter(({ type }) => type === 'Observation')
      .map(({ line }) => line);
    expect(expected.join('\n').length).toBeGreaterThan(1_000_000);
    expect(written).toStrictEqual(expected);
  });

  it('replaces what an earlier, larger sample has left', async () => {
    await writeSampleData(directory, OPTIONS);
    const counts = await writeSampleData(directory, { seed: 9, patients: 1 });

    expect(await linesOf(directory, 'Patient')).toHaveLength(1);
    expect(counts.get('Patient')).toBe(1);
  });

  it('fails when the place is no directory', async () => {
    await writeFile(join(directory, 'taken'), '');

    await expect(writeSampleData(join(directory, 'taken'), OPTIONS)).rejects.toThrow('EEXIST');
  });
});

async function linesOf(directory: string, type: string): Promise<readonly string[]> {
  const text = await readFile(join(directory, `${type}.ndjson`), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}
