import type { Repository } from 'typeorm';

import type { GroupVersionRow } from './group-version.entity';

/**
 * A group as it was at an instant; undefined when it did not exist then.
 *
 * @param at in any spelling that PostgreSQL reads with its zone
 */
export async function versionAsOf(
  versions: Repository<GroupVersionRow>,
  groupId: string,
  at: string,
): Promise<GroupVersionRow | undefined> {
  const version = await versions
    .createQueryBuilder('version')
    .where({ groupId })
    .andWhere('version.lastUpdated <= cast(:at as timestamptz)', { at })
    .orderBy('version.version', 'DESC')
    .limit(1)
    .getOne();
  return version?.deleted === false ? version : undefined;
}
