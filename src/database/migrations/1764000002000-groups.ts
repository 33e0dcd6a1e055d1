import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Groups of patients, every version that they ever had, and for patient lists their members with the
 * times of joining and leaving. Nothing is ever overwritten or removed, so a group can be read as it
 * was at any instant: an export's transactionTime lies in the past when the export is planned.
 */
export class Groups1764000002000 implements MigrationInterface {
  name = 'Groups1764000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema groups');
    await this.groups(runner);
    await this.members(runner);
  }

  /** `json`, not jsonb: the order of keys and the spelling of numbers are what clients get to see. */
  private async groups(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table groups.patient_group (
        id text collate "C" not null,
        source text not null,
        name text not null,
        name_key text not null,
        identifiers json not null default '[]',
        characteristics json not null default '[]',
        criteria jsonb,
        version bigint not null,
        last_updated timestamptz not null,
        deleted boolean not null default false,
        constraint patient_group_pkey primary key (id),
        constraint patient_group_source check (source in ('patient-list', 'segment')),
        constraint patient_group_criteria check ((source = 'segment') = (criteria is not null)),
        constraint patient_group_one_line
          check (concat(identifiers, characteristics) !~ '[\\n\\r]')
      )`);
    await runner.query(`
      create table groups.group_version (
        group_id text collate "C" not null,
        version bigint not null,
        last_updated timestamptz not null,
        deleted boolean not null,
        source text not null,
        name text not null,
        identifiers json not null,
        characteristics json not null,
        criteria jsonb,
        constraint group_version_pkey primary key (group_id, version),
        constraint group_version_group foreign key (group_id) references groups.patient_group (id)
      )`);
  }

  /** A change of a member's flag or period ends one row and begins the next. */
  private async members(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table groups.member (
        group_id text collate "C" not null,
        patient_id text collate "C" not null,
        added_at timestamptz not null,
        removed_at timestamptz not null default 'infinity',
        inactive boolean not null default false,
        period_start timestamptz,
        period_end timestamptz,
        constraint member_pkey primary key (group_id, patient_id, added_at),
        constraint member_group foreign key (group_id) references groups.patient_group (id),
        constraint member_order check (added_at < removed_at),
        constraint member_period check (period_start <= period_end)
      )`);
    await runner.query(
      `create unique index member_current on groups.member (group_id, patient_id) where removed_at = 'infinity'`,
    );
    await runner.query(
      `create index member_patient on groups.member (patient_id) where removed_at = 'infinity'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema groups cascade');
  }
}
