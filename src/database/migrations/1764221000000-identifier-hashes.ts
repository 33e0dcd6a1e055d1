import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Types that messages mostly refer to by identifier. */
const TYPES = ['Patient', 'Practitioner', 'PractitionerRole', 'Organization', 'Location'];

/**
 * Finds resources by identifier without reading the whole type. An index on an expression follows every way
 * in by itself. It holds hashes: whoever asks must look at what it finds. A text that PostgreSQL cannot read
 * has the hash 0, which is to be asked for too.
 */
export class IdentifierHashes1764221000000 implements MigrationInterface {
  name = 'IdentifierHashes1764221000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(HASH);
    await runner.query(HASHES);
    for (const type of TYPES) {
      const table = `resource_${type.toLowerCase()}`;
      await runner.query(
        `create index ${table}_identifier on clinical.${table}
           using gin (clinical.identifier_hashes(content))`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const type of TYPES) {
      await runner.query(`drop index clinical.resource_${type.toLowerCase()}_identifier`);
    }
    await runner.query('drop function clinical.identifier_hashes(text)');
    await runner.query('drop function clinical.identifier_hash(text)');
  }
}

const HASH = `
  create function clinical.identifier_hash(key text) returns bigint
    language sql immutable strict parallel safe
    as $$ select hashtextextended(key collate "C", 0) $$`;

/** Fully qualified: an index must mean the same whatever the session's path. */
const HASHES = `
  create function clinical.identifier_hashes(content text) returns bigint[]
    language plpgsql immutable strict
    as $$
    begin
      if pg_catalog.strpos(content, '"identifier"') = 0 and pg_catalog.strpos(content, '\\u') = 0 then
        return '{}';
      end if;
      return (
        select coalesce(array_agg(clinical.identifier_hash((i ->> 'system') || '|' || (i ->> 'value'))), '{}')
        from jsonb_path_query(fhir_search.json_of(content), 'lax $.identifier[*]') i
        where jsonb_typeof(i -> 'system') = 'string' and jsonb_typeof(i -> 'value') = 'string');
    exception when others then
      return '{0}';
    end $$`;
