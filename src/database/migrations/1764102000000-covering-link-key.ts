import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The key of links tells since when they are known, too: what few members are linked to is then found in
 * the index alone. Nearly all links are written once, so it costs no more to keep.
 */
export class CoveringLinkKey1764102000000 implements MigrationInterface {
  name = 'CoveringLinkKey1764102000000';

  async up(runner: QueryRunner): Promise<void> {
    await replaceKey(runner, 'include (first_seen)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await replaceKey(runner, '');
  }
}

/** Not of what stands in the table's place: views have no keys. */
async function replaceKey(runner: QueryRunner, also: string): Promise<void> {
  const tables = (await runner.query(
    `select from pg_class where oid = 'clinical.patient_link'::regclass and relkind = 'r'`,
  )) as unknown[];
  if (tables.length === 0) return;
  await runner.query(`
    alter table clinical.patient_link
      drop constraint patient_link_pkey,
      add constraint patient_link_pkey primary key (patient_id, target_type, target_id) ${also}`);
}
