import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of auth.operator_session. */
@Entity({ schema: 'auth', name: 'operator_session' })
export class OperatorSessionRow {
  /** Keyed by ADMIN_TOKEN: a new token ends all sessions. */
  @PrimaryColumn('text')
  digest: string;

  @Column('text')
  name: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
