import { createHmac, randomBytes } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, type Repository } from 'typeorm';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { OperatorSessionRow } from './operator-session.entity';

/** A working day; whoever works longer signs in again. */
const LIFETIME_SECONDS = 8 * 3600;

export interface OperatorSession {
  /** As stated at sign-in. */
  readonly name: string;
  readonly expiresAt: Date;
}

/** Operators who are signed in, the same in all api processes. */
@Injectable()
export class OperatorSessions {
  constructor(
    @InjectRepository(OperatorSessionRow) private readonly rows: Repository<OperatorSessionRow>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'admin'>,
    private readonly clock: Clock,
  ) {}

  /** Begins a session for whoever has shown ADMIN_TOKEN, and forgets those that have ended. */
  async open(name: string): Promise<OperatorSession & { readonly secret: string }> {
    const now = this.clock.now();
    if (this.clock.agrees) await this.rows.delete({ expiresAt: LessThan(now) });
    const secret = randomBytes(32).toString('base64url');
    const expiresAt = new Date(now.getTime() + LIFETIME_SECONDS * 1000);
    await this.rows.insert({ digest: this.digest(secret), name, expiresAt });
    return { name, expiresAt, secret };
  }

  /** @returns undefined for a session that has ended or never was */
  async find(secret: string): Promise<OperatorSession | undefined> {
    const where = { digest: this.digest(secret), expiresAt: MoreThan(this.clock.now()) };
    const row = await this.rows.findOneBy(where);
    return row ? { name: row.name, expiresAt: row.expiresAt } : undefined;
  }

  /** Ends a session in all processes. Idempotent. */
  async close(secret: string): Promise<void> {
    await this.rows.delete({ digest: this.digest(secret) });
  }

  private digest(secret: string): string {
    return createHmac('sha256', this.config.admin.token ?? '')
      .update(secret)
      .digest('hex');
  }
}
