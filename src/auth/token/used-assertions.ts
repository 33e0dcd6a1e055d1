import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { VerifiedAssertion } from './assertion';
import { invalidClient } from './oauth.error';
import { SPEND } from './used-assertions.sql';

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
    const rows: readonly unknown[] = await manager.query(SPEND, [
      appId,
      jti,
      expiresAt,
      this.clock.now(),
      this.clock.agrees,
    ]);
    if (rows.length > 0) return;
    throw invalidClient('replay', 'The client assertion was used before (jti).');
  }
}
