import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Clock } from '../../common';

export interface AssertionUse {
  readonly appId: string;
  readonly jti: string;
  /** From when on the assertion is refused anyway. */
  readonly expiresAt: Date;
}

/** The assertions that were used, shared by all api processes (JW-09, JW-16). */
@Injectable()
export class UsedAssertions {
  constructor(private readonly clock: Clock) {}

  /**
   * Marks an assertion as used, atomically across processes, and sweeps some that have expired.
   *
   * @returns false when it was used before
   */
  async use({ appId, jti, expiresAt }: AssertionUse, manager: EntityManager): Promise<boolean> {
    const rows: readonly unknown[] = await manager.query(
      `with expired as (
         select ctid from auth.used_assertion
         where expires_at < $4 and (app_id, jti) <> ($1, $2)
         limit 100
         for update skip locked
       ), swept as (
         delete from auth.used_assertion where ctid in (select ctid from expired)
       )
       insert into auth.used_assertion as used (app_id, jti, expires_at) values ($1, $2, $3)
       on conflict (app_id, jti) do update set expires_at = excluded.expires_at
       where used.expires_at < $4
       returning jti`,
      [appId, jti, expiresAt, this.clock.now()],
    );
    return rows.length > 0;
  }
}
