import type { DataSource, QueryRunner } from 'typeorm';

import { holding } from './held-connections';

/** Gives an action a connection of its own, its only one, and takes it back in any case. */
export async function withRunner<T>(
  dataSource: DataSource,
  action: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.connect();
    return await holding(() => action(runner));
  } finally {
    await runner.release();
  }
}
