import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startTestApp, type TestApp } from '../support/app';
import { runCommand } from '../support/command-line';
import { patientText, storePatients } from '../support/groups';

describe('The command groups', () => {
  let service: TestApp;
  let folder: string;

  /** What the command prints. @throws Error with its message when it fails */
  const groups = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runCommand(service.environment, ['groups', ...args]);
    if (exitCode !== 0) throw new Error(stderr.trim());
    return stdout.trim();
  };
  const groupsJson = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await groups(...args, '--json'));

  beforeAll(async () => {
    service = await startTestApp();
    folder = await mkdtemp(join(tmpdir(), 'groups-'));
    const ids = ['p1', 'p2', 'p3'];
    await storePatients(service, Object.fromEntries(ids.map((id) => [id, patientText(id)])));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
    await service.close();
  });

  it('makes a group, fills it from a file, and shows the resource that apps see', async () => {
    const file = join(folder, 'ids.txt');
    await writeFile(file, 'p1\r\nPatient/p2\n\n');

    await groups(
      ...['create', 'A', '--name', 'Group A', '--identifier', 'urn:lists|1', '--identifier', '2'],
      ...['--characteristic', 'urn:c|dx|Diagnosis=urn:v|flu'],
    );
    await groups('add', 'A', 'p3', '--inactive');
    const added = await groupsJson('add', 'A', '--from', file, '--period-start', '2026-01-01');

    expect(added).toStrictEqual({ added: 2, changed: 0, unchanged: 0, unknown: 0 });
    const period = { start: '2026-01-01T00:00:00.000Z' };
    expect(await groupsJson('show', 'A')).toMatchObject({
      id: 'A',
      name: 'Group A',
      identifier: [{ system: 'urn:lists', value: '1' }, { value: '2' }],
      characteristic: [
        { code: { coding: [{ system: 'urn:c', code: 'dx', display: 'Diagnosis' }] } },
      ],
      member: [
        { entity: { reference: 'Patient/p1' }, period },
        { entity: { reference: 'Patient/p2' }, period },
        { entity: { reference: 'Patient/p3' }, inactive: true },
      ],
    });
  });

  it('refuses unknown patients unless told otherwise', async () => {
    await groups('create', 'B', '--name', 'B');

    await expect(groups('add', 'B', 'p1', 'x')).rejects.toThrow('1 of the patients');
    expect(await groupsJson('add', 'B', 'p1', 'x', '--allow-unknown')).toMatchObject({
      added: 2,
      unknown: 1,
    });
  });

  it('removes patients and deletes groups', async () => {
    await groups('create', 'C', '--name', 'C');
    await groups('add', 'C', 'p1', 'p2');

    expect(await groups('remove', 'C', 'p1', 'nobody')).toBe('1 removed from group C.');
    expect(await groups('list')).toMatch(/^C +C +patient-list +3 +1 +1$/m);
    await groups('delete', 'C');
    await expect(groups('show', 'C')).rejects.toThrow('There is no group C.');
  });

  it('makes a segment from JSON or a file, counts its members before and after, and changes it', async () => {
    const file = join(folder, 'segment.json');
    await writeFile(file, '{"and":[{"everyone":true},{"deceased":false}]}');

    expect(await groups('preview', '--segment', file)).toBe('3 patients.');
    await groups('create', 'SEG', '--name', 'Living', '--segment', file);
    expect(await groupsJson('preview', 'SEG')).toMatchObject({ count: 3 });
    expect(await groups('list')).toMatch(/^SEG +Living +segment +1$/m);
    expect(await groupsJson('show', 'SEG')).toMatchObject({ actual: true, quantity: 3 });
    await groups('update', 'SEG', '--name', 'Dead', '--segment', '{"deceased":true}');
    expect(await groups('show', 'SEG')).toContain('"deceased": true');
    expect(await groups('preview', 'SEG')).toBe('0 patients.');
    expect(await groups('update', 'SEG', '--name', 'Dead')).toBe('Group SEG is as it was.');
    await expect(groups('add', 'SEG', 'p1')).rejects.toThrow('Group SEG is a segment');
    await expect(groups('update', 'SEG', '--segment', '{"age":{"min":"x"}}')).rejects.toThrow(
      'criteria.age.min must be a whole number from 0 to 150.',
    );
  });

  it('counts the members of a list that an export would hold', async () => {
    await groups('create', 'P', '--name', 'P');
    await groups('add', 'P', 'p1', 'p2');
    await groups('add', 'P', 'p2', '--inactive');

    expect(await groups('preview', 'P')).toBe('1 patient.');
  });

  it('says what is missing', async () => {
    await expect(groups('preview')).rejects.toThrow('Name a group, or give --segment.');
    await expect(groups('create', 'N')).rejects.toThrow('--name');
    await expect(groups('add', 'A')).rejects.toThrow('Name patients, or give --from FILE.');
    await expect(groups('create', 'A', '--name', 'again')).rejects.toThrow('There is a group A');
  });
});
