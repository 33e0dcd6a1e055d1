import type { QueryRunner } from 'typeorm';

import { affected } from '../group-change';
import { PatientGroupRow } from '../patient-group.entity';
import { END_ALL } from './roster.sql';

/** Ends a roster with its entries, within a change of the group. What it was stays on record. @returns entries that ended */
export async function endRoster(runner: QueryRunner, id: string, at: string): Promise<number> {
  const removed = await affected(runner, END_ALL, [id, at]);
  await runner.manager.update(PatientGroupRow, { id }, { deleted: true });
  return removed;
}
