import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readStatements } from './statement-folder';

describe('A folder of statements', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'statements-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  };

  it('is read type by type, patients first, without semicolons and closing comments', () => {
    write({
      'README.md': 'words',
      'Goal.sql': 'select 1 where :since order by changed_at; -- done\n',
      'Patient.sql': '-- people\nselect 2 where :since\n;\n',
      'Goal.ids.sql': 'select 3;',
    });

    expect(readStatements(folder)).toMatchObject([
      { type: 'Patient', changes: { sql: '-- people\nselect 2 where :since' }, isOrdered: false },
      {
        type: 'Goal',
        changes: { file: 'Goal.sql', sql: 'select 1 where :since order by changed_at' },
        ids: { file: 'Goal.ids.sql', sql: 'select 3' },
        isOrdered: true,
      },
    ]);
  });

  it.each([
    ['order by changed_at', true],
    ['ORDER BY c.changed_at ASC, id', true],
    ['order by changed_at desc', false],
    ['order by id, changed_at', false],
    ['order by changed_at limit 5', false],
  ])('trusts the order of rows with %s: %p', (end, isOrdered) => {
    write({ 'Goal.sql': `select 1 where :since ${end}` });

    expect(readStatements(folder)).toMatchObject([{ isOrdered }]);
  });

  it.each([
    ['it holds no Type.sql, such as Patient.sql.', { 'a.txt': '' }],
    ['Gaol is no resource type of R4.', { 'Gaol.sql': ':since' }],
    ['Goal.sql does not use the parameter :since.', { 'Goal.sql': 'select 1' }],
    [
      'Goal.ids.sql is neither Type.sql, nor Type.ids.sql beside a Type.sql.',
      { 'Goal.ids.sql': '', 'Patient.sql': ':since' },
    ],
    [
      'Goal-old.sql is neither Type.sql, nor Type.ids.sql beside a Type.sql.',
      { 'Goal-old.sql': ':since', 'Patient.sql': ':since' },
    ],
  ])('is refused: %s', (problem, files) => {
    write(files);

    expect(() => readStatements(folder)).toThrow(`FEED_DATABASE_FOLDER: ${problem}`);
  });

  it('is refused when it is not there', () => {
    expect(() => readStatements(join(folder, 'none'))).toThrow(
      'FEED_DATABASE_FOLDER: it cannot be read.',
    );
  });
});
