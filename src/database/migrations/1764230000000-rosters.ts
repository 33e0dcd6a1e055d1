import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Groups that apps keep: a licence for them, their owner, and their entries, which name patients by id or by
 * identifier. Identifiers are looked for as of an instant, so older versions of patients have an index of them too.
 */
export class Rosters1764230000000 implements MigrationInterface {
  name = 'Rosters1764230000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.app
        add column own_groups integer,
        add column own_group_members integer,
        add column chooses_from_everyone boolean not null default false,
        add constraint app_own_groups check ((own_groups is null) = (own_group_members is null))`);
    await runner.query(`
      alter table groups.patient_group
        add column owner text collate "C",
        drop constraint patient_group_source,
        add constraint patient_group_source check (source in ('patient-list', 'segment', 'roster')),
        add constraint patient_group_owner check ((source = 'roster') = (owner is not null))`);
    await runner.query(
      'create index patient_group_owned on groups.patient_group (owner) where owner is not null',
    );
    await runner.query(ENTRY);
    await runner.query(
      `create unique index roster_entry_current on groups.roster_entry (group_id, system, value)
         where removed_at = 'infinity'`,
    );
    await runner.query(IS_IDENTIFIED);
    await runner.query(
      `create index resource_history_patient_identifier on clinical.resource_history
         using gin (clinical.identifier_hashes(content))
         with (gin_pending_list_limit = ${PENDING_KB}) where type = 'Patient'`,
    );
    for (const type of INDEXED) {
      await runner.query(
        `alter index clinical.resource_${type}_identifier set (gin_pending_list_limit = ${PENDING_KB})`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const type of INDEXED) {
      await runner.query(
        `alter index clinical.resource_${type}_identifier reset (gin_pending_list_limit)`,
      );
    }
    await runner.query('drop index clinical.resource_history_patient_identifier');
    await runner.query('drop function clinical.is_identified_by(text, text, text)');
    await runner.query('drop table groups.roster_entry');
    await runner.query(`delete from groups.group_version v using groups.patient_group g
                        where g.id = v.group_id and g.source = 'roster'`);
    await runner.query(`delete from groups.patient_group where source = 'roster'`);
    await runner.query(`
      alter table groups.patient_group
        drop column owner,
        drop constraint patient_group_source,
        add constraint patient_group_source check (source in ('patient-list', 'segment'))`);
    await runner.query(`
      alter table auth.app
        drop column own_groups, drop column own_group_members, drop column chooses_from_everyone`);
  }
}

const INDEXED = ['patient', 'practitioner', 'practitionerrole', 'organization', 'location'];

/**
 * Every search by identifier looks through what waits to be put into the index: with PostgreSQL's 4 MB a roster of
 * 100,000 entries took ten times as long after a load.
 */
const PENDING_KB = 64;

/** The system is empty where the value is the id of a Patient. */
const ENTRY = `
  create table groups.roster_entry (
    group_id text collate "C" not null,
    system text collate "C" not null,
    value text collate "C" not null,
    added_at timestamptz not null,
    removed_at timestamptz not null default 'infinity',
    inactive boolean not null default false,
    period_start timestamptz,
    period_end timestamptz,
    constraint roster_entry_pkey primary key (group_id, system, value, added_at),
    constraint roster_entry_group foreign key (group_id) references groups.patient_group (id),
    constraint roster_entry_order check (added_at < removed_at),
    constraint roster_entry_period check (period_start <= period_end)
  )`;

/**
 * Whether a Patient has an identifier and was not replaced by another. False for a text that PostgreSQL cannot
 * read: of doubt nobody becomes a member.
 */
const IS_IDENTIFIED = `
  create function clinical.is_identified_by(content text, system text, value text) returns boolean
    language plpgsql immutable strict
    as $$
    declare
      patient constant jsonb := fhir_search.json_of(content);
    begin
      return exists (
          select from jsonb_path_query(patient, 'lax $.identifier[*]') i
          where i -> 'system' = to_jsonb(system) and i -> 'value' = to_jsonb(value))
        and not jsonb_path_exists(patient, 'lax $.link[*] ? (@.type == "replaced-by")');
    exception when others then
      return false;
    end $$`;
