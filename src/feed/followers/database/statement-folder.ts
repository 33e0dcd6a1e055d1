import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isR4ResourceType } from '@app/fhir';

/** A statement of an operator, in a file. */
export interface Statement {
  readonly file: string;
  readonly sql: string;
}

/** What is asked of the source about a type. */
export interface TypeStatements {
  readonly type: string;
  /** Gives what has changed since `:since`. */
  readonly changes: Statement;
  /** Changes with the statement: then everything is read again. */
  readonly digest: string;
  /** Its rows come in the order of their changes, so that reading can go on in their midst. */
  readonly isOrdered: boolean;
  /** Gives all ids; undefined when there is no such file. */
  readonly ids: Statement | undefined;
}

/** The folder does not hold what it should. */
export class StatementFolderError extends Error {
  constructor(problem: string, options?: ErrorOptions) {
    super(`FEED_DATABASE_FOLDER: ${problem}`, options);
    this.name = 'StatementFolderError';
  }
}

const CHANGES = /^([A-Za-z]+)\.sql$/;
const IDS = /^([A-Za-z]+)\.ids\.sql$/;
const ORDERED = /\border\s+by\s+(?:\w+\.)?changed_at(?:\s+asc)?(?:\s*,[\s\w.]+)*\s*$/i;

/**
 * Reads the statements of a folder: `Type.sql` for the changes of a type and `Type.ids.sql` for its ids.
 * Patients come first, so that what is about them finds them.
 *
 * @throws StatementFolderError
 */
export function readStatements(folder: string): readonly TypeStatements[] {
  const names = namesIn(folder).filter((name) => name.endsWith('.sql'));
  const types = names.flatMap((name) => CHANGES.exec(name)?.[1] ?? []);
  const wrong = names.find(
    (name) => !types.includes((CHANGES.exec(name) ?? IDS.exec(name))?.[1] ?? ''),
  );
  if (wrong !== undefined) {
    throw new StatementFolderError(
      `${wrong} is neither Type.sql, nor Type.ids.sql beside a Type.sql.`,
    );
  }
  if (types.length === 0)
    throw new StatementFolderError('it holds no Type.sql, such as Patient.sql.');
  return types.sort(patientsFirst).map((type) => readType(folder, type, names));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new StatementFolderError('it cannot be read.', { cause });
  }
}

function readType(folder: string, type: string, names: readonly string[]): TypeStatements {
  if (!isR4ResourceType(type)) throw new StatementFolderError(`${type} is no resource type of R4.`);
  const changes = readStatement(folder, `${type}.sql`);
  if (!/:since\b/.test(changes.sql)) {
    throw new StatementFolderError(`${type}.sql does not use the parameter :since.`);
  }
  const ids = `${type}.ids.sql`;
  return {
    type,
    changes,
    digest: createHash('sha256').update(changes.sql).digest('hex').slice(0, 16),
    isOrdered: ORDERED.test(changes.sql),
    ids: names.includes(ids) ? readStatement(folder, ids) : undefined,
  };
}

/** Drivers take one statement, without a semicolon; comments at the end of the file may follow it. */
function readStatement(folder: string, file: string): Statement {
  const text = readFileSync(join(folder, file), 'utf8');
  return { file, sql: text.replace(/(?:\s|;|--[^\n]*(?:\n|$))+$/, '') };
}

function patientsFirst(a: string, b: string): number {
  return Number(b === 'Patient') - Number(a === 'Patient') || (a < b ? -1 : 1);
}
