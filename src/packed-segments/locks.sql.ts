/** Advisory locks, each held until the end of a transaction. */

/** Shared by those who pack: notes that they have yet to look at must not be forgotten meanwhile. */
export const PACKING_LOCK = '4837125530';
/** Whoever cuts a type into its first ranges. */
export const CUTTING_LOCK = '4837125531';

/** `$1` is one of the locks; TypeORM knows none of PostgreSQL's advisory locks. */
export const LOCK = 'select pg_advisory_xact_lock($1)';
export const SHARE_LOCK = 'select pg_advisory_xact_lock_shared($1)';
/** Does not wait. */
export const TRY_LOCK = 'select pg_try_advisory_xact_lock($1) as alone';
