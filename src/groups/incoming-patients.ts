import type { QueryRunner } from 'typeorm';

import { isFhirId } from '@app/fhir';

import { queryUnlogged } from '../database';
import { InvalidGroupInputError } from './groups.errors';
import { ANALYZE, COUNT, CREATE, DROP, INSERT, UNKNOWN } from './incoming-patients.sql';

const BATCH = 10_000;

/**
 * Patient ids on their way into or out of a list, in a temporary table of the session: any number,
 * with only a batch in memory, and before the transaction that changes the group begins.
 */
export class IncomingPatients {
  private constructor(private readonly runner: QueryRunner) {}

  /** @throws InvalidGroupInputError naming the first that is no id */
  static async collect(
    runner: QueryRunner,
    ids: AsyncIterable<string> | Iterable<string>,
  ): Promise<IncomingPatients> {
    await runner.query(CREATE);
    const incoming = new IncomingPatients(runner);
    try {
      for await (const batch of batches(ids)) await queryUnlogged(runner, INSERT, [batch]);
      await runner.query(ANALYZE);
    } catch (error) {
      await incoming.drop();
      throw error;
    }
    return incoming;
  }

  async count(): Promise<number> {
    const [row] = (await this.runner.query(COUNT)) as readonly { readonly count: number }[];
    return row?.count ?? 0;
  }

  /** Those without a Patient resource in the clinical store. */
  async unknown(): Promise<{ readonly count: number; readonly examples: readonly string[] }> {
    const [row] = (await this.runner.query(UNKNOWN)) as readonly {
      readonly count: number;
      readonly examples: readonly string[] | null;
    }[];
    return { count: row?.count ?? 0, examples: row?.examples ?? [] };
  }

  async drop(): Promise<void> {
    await this.runner.query(DROP);
  }
}

async function* batches(
  ids: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly string[]> {
  let [batch, position]: [string[], number] = [[], 0];
  for await (const text of ids) {
    position += 1;
    const id = text.trim().replace(/^Patient\//, '');
    if (id === '') continue;
    if (!isFhirId(id)) {
      throw new InvalidGroupInputError(`Entry ${position} is not the id of a patient.`);
    }
    batch.push(id);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
