import type { DataSource, QueryRunner } from 'typeorm';

/** Gives an action a connection of its own, and takes it back in any case. */
export async function withRunner<T>(
  dataSource: DataSource,
  action: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    return await action(runner);
  } finally {
    await runner.release();
  }
}
