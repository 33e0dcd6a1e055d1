import { createHash } from 'node:crypto';

import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { setUnlogged } from '../../database';
import { type CountStatement, PLANS_OF_FEW } from '../../extractors';
import { runPrepared } from './prepared';

/** What counts the resources of a type; of blocks, which hold all types together, the type is `*`. */
export interface CountedType {
  readonly type: string;
  readonly statement: CountStatement;
}

/** Of more members PostgreSQL makes plans for each export. */
const FEW_MEMBERS = 256;

const logger = new Logger('ExpectedCounts');

/**
 * Counts what an export must hold, in the transaction that has frozen its cohort.
 *
 * @param members of the cohort
 * @returns undefined when that fails, or takes longer than a statement may: the export goes on without
 * @throws what PostgreSQL says when the transaction cannot go on
 */
export async function countExpected(
  manager: EntityManager,
  counted: readonly CountedType[],
  members: number,
): Promise<Readonly<Record<string, number>> | undefined> {
  await manager.query('savepoint counting');
  // Workers of PostgreSQL cost more than small counts do, and others are to have them.
  await manager.query('set local max_parallel_workers_per_gather = 0');
  try {
    const kept =
      members <= FEW_MEMBERS ? counted.filter(({ statement }) => statement.reusable) : [];
    const own = counted.filter((one) => !kept.includes(one));
    const counts = [...(await countsOf(manager, own, countOf))];
    if (kept.length > 0) {
      await manager.query(PLANS_OF_FEW);
      counts.push(...(await countsOf(manager, kept, keptCountOf)));
      // What these plans were told is forgotten with the savepoint.
      await manager.query('rollback to savepoint counting');
    }
    await manager.query('release savepoint counting');
    return Object.fromEntries(counts);
  } catch (error) {
    await manager.query('rollback to savepoint counting').catch(() => {
      throw error;
    });
    const { code } = error as { readonly code?: unknown };
    logger.warn({ reason: 'The resources of an export could not be counted.', code });
    return undefined;
  }
}

async function countsOf(
  manager: EntityManager,
  counted: readonly CountedType[],
  count: (manager: EntityManager, statement: CountStatement) => Promise<number>,
): Promise<readonly (readonly [string, number])[]> {
  const counts: [string, number][] = [];
  for (const { type, statement } of counted) counts.push([type, await count(manager, statement)]);
  return counts;
}

async function keptCountOf(
  { queryRunner }: EntityManager,
  { reusable }: CountStatement,
): Promise<number> {
  if (!queryRunner || !reusable) throw new Error('A transaction has a connection.');
  const { text, values } = reusable;
  const name = `count-${createHash('sha1').update(text).digest('hex').slice(0, 16)}`;
  const { rows } = await runPrepared(queryRunner, { name, text }, values);
  const [row] = rows as readonly { readonly count: string }[];
  return Number(row?.count ?? 0);
}

async function countOf(
  manager: EntityManager,
  { select, setting }: CountStatement,
): Promise<number> {
  if (!manager.queryRunner) throw new Error('A transaction has a connection.');
  if (setting) await setUnlogged(manager.queryRunner, { ...setting, extent: 'transaction' });
  const [row] = await manager.query<{ count: string }[]>(select);
  return Number(row?.count ?? 0);
}
