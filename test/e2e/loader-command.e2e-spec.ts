import { join } from 'node:path';

import { compiledFile } from '../../scripts/services';
import { runCommand } from '../support/command-line';
import { line, patient, PATIENT_LINKS, TestStore } from '../support/loader';
import { OwnProcess } from '../support/own-process';

describe('a load', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  it('hands on the patients of its input, new or not, once each', async () => {
    await store.loadLines([line('Patient', 'a')]);
    const seen: string[] = [];

    await store.loadLines(
      [line('Patient', 'b'), line('Patient', 'a'), line('Patient', 'b'), line('Group', 'g')],
      {
        onPatients: async (ids) => {
          for await (const id of ids) seen.push(id);
        },
      },
    );

    expect(seen).toStrictEqual(['a', 'b']);
  });

  it('leaves no staging behind', async () => {
    await store.loadLines([line('Patient', 'a')]);

    await expect(
      store.rows("select nspname from pg_namespace where nspname = 'clinical_load'"),
    ).resolves.toStrictEqual([]);
  });

  it('waits for another one', async () => {
    const phases = new Set<string>();
    await Promise.all(
      ['a', 'b', 'c'].map(async (id) =>
        store.load(
          [await store.write(`${id}.ndjson`, [line('Patient', id), line('Patient', 'same')])],
          {
            onProgress: ({ phase }) => phases.add(phase),
          },
        ),
      ),
    );

    expect([...phases]).toContain('waiting');
    await expect(
      store.rows('select id, version from clinical.resource order by id'),
    ).resolves.toStrictEqual([
      ['a', '1'],
      ['b', '1'],
      ['c', '1'],
      ['same', '1'],
    ]);
  });

  it('gives up when another writer gets in between, and changes nothing of that type', async () => {
    await store.loadLines([line('Patient', 'p', { x: 1 })]);
    await store.client.query('begin');
    await store.client.query("update clinical.resource set version = 9 where id = 'p'");

    const loading = store.loadLines([line('Patient', 'p', { x: 2 })]);
    await store.loadIsBlocked();
    await store.client.query('commit');

    await expect(loading).rejects.toThrow(/Another writer/);
    await expect(store.rows('select version from clinical.resource')).resolves.toStrictEqual([
      ['9'],
    ]);
    await expect(
      store.rows('select version from clinical.resource_history'),
    ).resolves.toStrictEqual([]);
  });

  it('ends with 0, and a table of what became of each type', async () => {
    const path = await store.write('input.ndjson', [line('Patient', 'p'), line('Slot', 's')]);

    const { exitCode, stdout, stderr } = await runCommand(environment(), ['load', path]);

    expect([exitCode, stderr]).toStrictEqual([0, '']);
    expect(stdout).toMatch(
      /^type +read +new +changed +unchanged +history +repeated +rejected +exported$/m,
    );
    expect(stdout).toMatch(/^Patient +1 +1 +0 +0 +0 +0 +0 +yes$/m);
    expect(stdout).toMatch(/^Slot +1 +1 +0 +0 +0 +0 +0 +no$/m);
    expect(stdout).toContain('not among the types that are exported: Slot');
  });

  it('ends with 3 when some were rejected, shows the first of each reason, and says where all are', async () => {
    const path = await store.write('input.ndjson', [line('Patient', 'p'), '{}', '{"secret', '{}']);
    const report = join(store.folder, 'report.ndjson');

    const { exitCode, stdout } = await runCommand(environment(), [
      'load',
      path,
      '--rejects',
      report,
    ]);

    expect(exitCode).toBe(3);
    const shown = stdout.split('\n').filter((text) => text.startsWith(`  ${path}:`));
    expect(shown).toStrictEqual([
      expect.stringMatching(/:2: .*resourceType/),
      expect.stringMatching(/:3: .*JSON/),
    ]);
    expect(stdout).toContain(`3 rejected: see ${report}`);
    expect(stdout).not.toContain('secret');
    await expect(store.rows('select id from clinical.resource')).resolves.toStrictEqual([['p']]);
  });

  it('says what to do when what it rejects cannot be reported', async () => {
    const path = await store.write('input.ndjson', ['{}']);
    const report = join(store.folder, 'missing', 'report.ndjson');

    const { exitCode, stderr } = await runCommand(environment(), [
      'load',
      path,
      '--rejects',
      report,
    ]);

    expect([exitCode, stderr]).toStrictEqual([
      1,
      `Something must be rejected, and the report ${report} cannot be written: ENOENT. Name another file with --rejects.\n`,
    ]);
  });

  it('makes its patients members of a list and leaves those who are as they were', async () => {
    const path = await store.write('input.ndjson', [line('Patient', 'a'), line('Patient', 'b')]);
    const first = await runCommand(environment(), ['load', path, '--group', 'g']);
    await runCommand(environment(), ['groups', 'add', 'g', 'a', '--inactive']);
    await store.write('input.ndjson', [line('Patient', 'a', { x: 1 }), line('Patient', 'c')]);

    const second = await runCommand(environment(), ['load', path, '--group', 'g']);

    expect(first.stdout).toContain('2 new member(s) of group g.');
    expect(second.stdout).toContain('1 new member(s) of group g.');
    await expect(
      store.rows(`select patient_id, inactive from groups.member
                  where group_id = 'g' and removed_at = 'infinity' order by 1`),
    ).resolves.toStrictEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ]);
  });

  it('that is killed leaves whole types, and the next one completes it', async () => {
    const input = [
      line('Patient', 'p'),
      ...Array.from({ length: 100 }, (_, index) =>
        line('Condition', `c${index}`, {
          subject: patient('p'),
          asserter: { reference: 'Practitioner/d' },
        }),
      ),
      ...Array.from({ length: 100 }, (_, index) =>
        line('Observation', `o${index}`, { subject: patient('p') }),
      ),
    ];
    const path = await store.write('input.ndjson', input);
    await store.client.query('begin');
    await store.client.query('lock table clinical.resource_condition in share mode');
    const load = new OwnProcess({
      name: 'The load',
      command: process.execPath,
      args: [compiledFile('src/cli.js'), 'load', path, '--keep-meta'],
      log: join(store.folder, 'load.log'),
      env: { PATH: process.env['PATH'], ...environment() },
    });
    await store.loadIsBlocked();

    await load.signal('SIGKILL');
    await store.client.query('commit');
    await store.loadHasEnded();

    const perType = `select type, count(*)::int from clinical.resource group by type order by 1`;
    const cut = await store.rows(perType);
    expect(cut).toContainEqual(['Patient', 1]);
    expect(cut.filter(([type]) => type !== 'Patient').every(([, count]) => count === 100)).toBe(
      true,
    );
    await store.load([path], { keepMeta: true });
    await expect(store.rows(perType)).resolves.toStrictEqual([
      ['Condition', 100],
      ['Observation', 100],
      ['Patient', 1],
    ]);
    await expect(store.rows(PATIENT_LINKS)).resolves.toStrictEqual([['p', 'Practitioner/d']]);
    await expect(store.contentOf('c99')).resolves.toBe(input[100]);
  });

  function environment(): Readonly<Record<string, string>> {
    return {
      DATABASE_URL: store.url,
      PUBLIC_URL: 'http://127.0.0.1',
      ENV_FILE: '/dev/null',
    };
  }
});
