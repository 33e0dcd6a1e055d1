/** Advisory locks, each held until the end of a transaction. */

/** Shared by those who pack: notes that they have yet to look at must not be forgotten meanwhile. */
export const PACKING_LOCK = '4837125530';
/** Whoever cuts a type into its first ranges. */
export const CUTTING_LOCK = '4837125531';
