import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { RESOURCE_TYPES } from '@app/fhir';

/** Rows that one statement removes: it holds its locks, and the disk, for a moment only. */
const BATCH = 5000;

/**
 * Removes from the store what ended long ago: versions that were superseded, and the compartments
 * and targets that went with them. The latest versions stay, and so do tombstones that are in force: a
 * resource that comes back must not take a version's number again.
 */
@Injectable()
export class ClinicalHistory {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * May run at the same time elsewhere, end anywhere, and be repeated.
   *
   * @param upTo instant up to which nobody reads the store any more
   * @returns the number of rows that were removed
   * @throws the reason of `signal`
   */
  async trim(upTo: string, signal: AbortSignal): Promise<number> {
    let removed = 0;
    for (const [relation, condition] of PLACES) {
      for (let last = BATCH; last === BATCH; removed += last) {
        signal.throwIfAborted();
        last = await this.remove(relation, condition, upTo);
      }
    }
    return removed;
  }

  private async remove(relation: string, condition: string, upTo: string): Promise<number> {
    const [, removed] = await this.dataSource.query<[unknown, number]>(
      `delete from clinical.${relation} where ctid = any(array(
         select ctid from clinical.${relation} where ${condition} limit ${BATCH} for update skip locked))`,
      [upTo],
    );
    return removed;
  }
}

/** As the indexes find them: by type, or by the end. */
const PLACES: readonly (readonly [relation: string, condition: string])[] = [
  ...RESOURCE_TYPES.flatMap((type) => [
    ['resource_history', `type = '${type}' and not deleted and superseded_at <= $1`] as const,
    [
      'resource_history',
      `type = '${type}' and deleted and last_updated <= $1 and superseded_at <= $1`,
    ] as const,
  ]),
  ['compartment', "valid_to < 'infinity' and valid_to <= $1"],
  ['provenance_target', "valid_to < 'infinity' and valid_to <= $1"],
];
