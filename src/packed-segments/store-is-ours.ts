/** The triggers without which nothing tells that a packed row has gone. */
const TRIGGERS = ['packed_note_change', 'packed_note_late', 'packed_note_truncate'];

/**
 * SQL of one boolean, `ours`: the relation of resources is our own table, and its triggers are awake.
 * A view over somebody else's database has none.
 */
export const STORE_IS_OURS = `
  select count(*) = ${TRIGGERS.length} as ours
  from pg_trigger
  where tgrelid = to_regclass('clinical.resource') and tgenabled = 'A'
    and tgname in (${TRIGGERS.map((name) => `'${name}'`).join(', ')})`;
