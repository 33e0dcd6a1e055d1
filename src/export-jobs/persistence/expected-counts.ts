import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { setUnlogged } from '../../database';
import type { Statement } from '../../extractors';

/** What counts the resources of a type; of blocks, which hold all types together, the type is `*`. */
export interface CountedType {
  readonly type: string;
  readonly statement: Statement;
}

const logger = new Logger('ExpectedCounts');

/**
 * Counts what an export must hold, in the transaction that has frozen its cohort.
 *
 * @returns undefined when that fails, or takes longer than a statement may: the export goes on without
 * @throws what PostgreSQL says when the transaction cannot go on
 */
export async function countExpected(
  manager: EntityManager,
  counted: readonly CountedType[],
): Promise<Readonly<Record<string, number>> | undefined> {
  await manager.query('savepoint counting');
  // Workers of PostgreSQL cost more than small counts do, and others are to have them.
  await manager.query('set local max_parallel_workers_per_gather = 0');
  try {
    const counts: [string, number][] = [];
    for (const { type, statement } of counted) {
      counts.push([type, await countOf(manager, statement)]);
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

async function countOf(manager: EntityManager, { select, setting }: Statement): Promise<number> {
  if (!manager.queryRunner) throw new Error('A transaction has a connection.');
  if (setting) await setUnlogged(manager.queryRunner, { ...setting, extent: 'transaction' });
  const [row] = await manager.query<{ count: string }[]>(select);
  return Number(row?.count ?? 0);
}
