/** The triggers that note changes. Without them nothing tells that a packed row has gone. */
const TRIGGERS = ['packed_note_change', 'packed_note_late', 'packed_note_truncate'];
const TABLES = ['clinical.resource', 'clinical.provenance_target'];

/** SQL of one boolean, `noted`: every trigger that notes changes is there and enabled. */
export const CHANGES_ARE_NOTED = `
  select count(*) = ${TRIGGERS.length * TABLES.length} as noted
  from pg_trigger
  where tgrelid in (${TABLES.map((name) => `to_regclass('${name}')`).join(', ')}) and tgenabled = 'A'
    and tgname in (${TRIGGERS.map((name) => `'${name}'`).join(', ')})`;
