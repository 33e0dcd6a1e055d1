import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { VerifiedAssertion } from './assertion';
import { invalidClient } from './oauth.error';

/**
 * How much longer than it is valid a used assertion is known, in seconds: no clock that goes back by less
 * makes it good again.
 */
const REMEMBERED_SECONDS = 86_400;

/** The assertions that were used, shared by all api processes (JW-09, JW-16). */
@Injectable()
export class UsedAssertions {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Marks an assertion as used, atomically across processes, and sweeps some that have expired.
   *
   * @param manager of the transaction in which the request that it is spent on takes effect
   * @throws OAuthError invalid_client when it was used before
   */
  async spend(
    appId: string,
    { jti, exp }: VerifiedAssertion,
    manager: EntityManager,
  ): Promise<void> {
    // From then on the assertion is refused anyway, by the same clock.
    const expiresAt = new Date((exp + this.config.auth.clockSkew) * 1000);
    const rows: readonly unknown[] = await manager.query(
      `with expired as (
         select ctid from auth.used_assertion
         where $5 and expires_at < $4::timestamptz - make_interval(secs => ${REMEMBERED_SECONDS})
           and (app_id, jti) <> ($1, $2)
         limit 100
         for update skip locked
       ), swept as (
         delete from auth.used_assertion where ctid in (select ctid from expired)
       )
       insert into auth.used_assertion as used (app_id, jti, expires_at) values ($1, $2, $3)
       on conflict (app_id, jti) do update set expires_at = excluded.expires_at
       where used.expires_at < least($4, excluded.expires_at)
       returning jti`,
      [appId, jti, expiresAt, this.clock.now(), this.clock.agrees],
    );
    if (rows.length > 0) return;
    throw invalidClient('replay', 'The client assertion was used before (jti).');
  }
}
