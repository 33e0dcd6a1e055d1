import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Nothing enters the store's past once an instant has been promised to an export (ADR 0031). Triggers refuse
 * rows whose instants are not later than every promise that was made before their transaction had its id.
 *
 * They do not fire for what logical replication applies: the publisher has checked it.
 */
export class PastIsClosed1764206000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...PROMISES, ...FLOOR, ...REFUSALS]) await runner.query(statement);
    for (const [relation, { insert, update }] of Object.entries(GUARDED)) {
      await runner.query(`
        create trigger past_floor before insert or update on ${relation}
        for each statement execute function clinical.take_floor()`);
      await runner.query(guard('past_insert', 'insert', relation, insert));
      await runner.query(guard('past_update', 'update', relation, update));
    }
    await runner.query(`
      create trigger past_version after insert on clinical.resource_history for each row
      when (not new.deleted and new.last_updated <= ${IN_FORCE} and new.superseded_at > ${IN_FORCE})
      execute function clinical.refuse_unknown_version()`);
    await runner.query(FLOOR_OF_PARTITIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['take_floor', 'refuse_past', 'refuse_unknown_version', 'note_promise']) {
      await runner.query(`drop function clinical.${name}() cascade`);
    }
    await runner.query('drop function clinical.write_floor()');
    await runner.query('drop function clinical.may_fill_past()');
    await runner.query('drop table clinical.promise');
  }
}

/** The floor of the transaction at hand. Without one every row is looked at, and refused. */
const IN_FORCE = `coalesce(nullif(current_setting('clinical.floor', true), '')::timestamptz, 'infinity')`;

/** What was promised, and the transaction that did: later transactions are bound by it. */
const PROMISES = [
  `create table clinical.promise (
     xid xid8 not null,
     instant timestamptz not null,
     constraint promise_pkey primary key (xid)
   )`,
  `insert into clinical.promise
   select pg_current_xact_id(), promised from clinical.store_clock where promised > '-infinity'`,
  // Of promises that bind every open and every later transaction, the latest says it all.
  `create function clinical.note_promise() returns trigger
   language plpgsql security definer set search_path = pg_catalog as $$
   begin
     delete from clinical.promise p
     using (select q.xid, q.instant from clinical.promise q
            where q.xid < pg_snapshot_xmin(pg_current_snapshot())
            order by q.instant desc, q.xid limit 1) latest
     where p.xid < pg_snapshot_xmin(pg_current_snapshot()) and p.xid <> latest.xid;
     insert into clinical.promise as p values (pg_current_xact_id(), new.promised)
     on conflict (xid) do update set instant = greatest(p.instant, excluded.instant);
     return null;
   end $$`,
  `create trigger note_promise after update of promised on clinical.store_clock for each row
   when (new.promised is distinct from old.promised) execute function clinical.note_promise()`,
];

/**
 * The latest instant that the transaction may not write: the last promise that binds it, or the millisecond
 * before its start, to which a planner steps back that does not wait for it.
 */
const FLOOR = [
  // A promise that is seen, though its id is yet to come, was made on another server: it binds as well.
  `create function clinical.write_floor() returns timestamptz
   language plpgsql security definer set search_path = pg_catalog as $$
   begin
     if current_setting('transaction_isolation') <> 'read committed' then
       raise exception 'The clinical store is written in transactions that are READ COMMITTED.'
         using errcode = 'invalid_transaction_state',
               detail = 'Others do not see what exports have been promised meanwhile.';
     end if;
     perform pg_current_xact_id();
     return (
       select greatest(max(p.instant),
                       date_trunc('milliseconds', transaction_timestamp() - interval '1 millisecond'))
       from clinical.promise p
       where p.xid < pg_current_xact_id() or p.xid >= pg_snapshot_xmax(pg_current_snapshot()));
   end $$`,
  `create function clinical.take_floor() returns trigger language plpgsql as $$
   begin
     if coalesce(current_setting('clinical.floor', true), '') = '' then
       perform set_config('clinical.floor',
         to_char(clinical.write_floor() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), true);
     end if;
     return null;
   end $$`,
  // The lock keeps the first promise from being made until the transaction ends.
  `create function clinical.may_fill_past() returns boolean
   language plpgsql security definer set search_path = pg_catalog as $$
   begin
     perform from clinical.store_clock where promised = '-infinity' for share;
     if not found then
       return false;
     end if;
     perform set_config('clinical.floor', '-infinity', true);
     return true;
   end $$`,
];

const REFUSALS = [
  `create function clinical.refuse_past() returns trigger language plpgsql as $$
   begin
     if current_setting('clinical.floor', true) = '-infinity' or clinical.may_fill_past() then
       return null;
     end if;
     raise exception 'Nothing enters the past of the clinical store: %.% takes instants after % only.',
         tg_table_schema, tg_table_name, clinical.write_floor()
       using errcode = 'check_violation',
             detail = 'Exports have been promised the store as it was then.',
             hint = 'Ask clinical.write_instant() for the instant of a write.';
   end $$`,
  // Stable, so that it sees the store as it was before the statement that moves the version.
  `create function clinical.refuse_unknown_version() returns trigger language plpgsql stable as $$
   begin
     if current_setting('clinical.floor', true) = '-infinity'
        or exists (select from clinical.resource r
                   where r.type = new.type and r.id = new.id and r.version = new.version
                     and r.last_updated = new.last_updated)
        or clinical.may_fill_past() then
       return null;
     end if;
     raise exception 'Nothing enters the past of the clinical store: only the latest version moves to the history.'
       using errcode = 'check_violation',
             detail = 'Exports have been promised the store as it was then.',
             hint = 'Copy the version to the history before it is replaced, or in the same statement.';
   end $$`,
];

interface Guard {
  /** Condition on a new row that would enter the past. */
  readonly insert: string;
  /** Condition on a change of what the past was. */
  readonly update: string;
}

const GUARDED: Readonly<Record<string, Guard>> = {
  'clinical.resource': {
    insert: upTo('new.last_updated'),
    update: `${upTo('new.last_updated')} and ${differ('last_updated', 'type', 'id', 'patient_id')}`,
  },
  'clinical.resource_history': {
    insert: `${upTo('new.superseded_at')} or (new.deleted and ${upTo('new.last_updated')})`,
    update: `(${either('last_updated')} and ${differ('last_updated', 'deleted', 'type', 'id', 'patient_id')})
      or (${differ('superseded_at')} and ${either('superseded_at')})`,
  },
  'clinical.compartment': spell('type', 'id', 'patient_id'),
  'clinical.provenance_target': spell('provenance_id', 'target_type', 'target_id'),
  'clinical.patient_link': {
    insert: upTo('new.first_seen'),
    update: `${either('first_seen')} and ${differ('first_seen', 'patient_id', 'target_type', 'target_id')}`,
  },
};

function spell(...key: readonly string[]): Guard {
  return {
    insert: upTo('new.valid_from'),
    update: `(${either('valid_from')} and ${differ('valid_from', ...key)})
      or (${differ('valid_to')} and ${either('valid_to')})`,
  };
}

function upTo(instant: string): string {
  return `${instant} <= ${IN_FORCE}`;
}

function either(column: string): string {
  return upTo(`least(old.${column}, new.${column})`);
}

function differ(...columns: readonly string[]): string {
  const row = (name: string) => columns.map((column) => `${name}.${column}`).join(', ');
  return `(${row('new')}) is distinct from (${row('old')})`;
}

/** After each row: a trigger before it would keep COPY from writing rows together. */
function guard(name: string, event: string, relation: string, condition: string): string {
  return `
    create trigger ${name} after ${event} on ${relation} for each row
    when (${condition}) execute function clinical.refuse_past()`;
}

/** A statement that names a partition does not wake its parent's statement triggers. */
const FLOOR_OF_PARTITIONS = `
  do $$
  declare partition regclass;
  begin
    for partition in select inhrelid from pg_inherits where inhparent = 'clinical.resource'::regclass loop
      execute format('create trigger past_floor before insert or update on %s
                      for each statement execute function clinical.take_floor()', partition);
    end loop;
  end $$`;
