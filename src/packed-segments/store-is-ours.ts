/** The triggers without which nothing tells that what was packed has gone. */
const TRIGGERS = ['packed_note_change', 'packed_note_late', 'packed_note_truncate'];
const RELATIONS = ['clinical.resource', 'clinical.provenance_target'];

/**
 * SQL of one boolean, `ours`: the relations are our own tables, and their triggers are awake. A view over
 * somebody else's database has none.
 */
export const STORE_IS_OURS = `
  select count(*) = ${TRIGGERS.length * RELATIONS.length}
         and exists (select from pg_class c
                     where c.oid = to_regclass('clinical.compartment') and c.relkind = 'r') as ours
  from pg_trigger
  where tgrelid in (${RELATIONS.map((name) => `to_regclass('${name}')`).join(', ')}) and tgenabled = 'A'
    and tgname in (${TRIGGERS.map((name) => `'${name}'`).join(', ')})`;
