import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The clock that writers of the clinical store and planners of exports share. `promised`: no writer
 * stamps anything with this instant or an earlier one any more. `settled`: everything up to this instant
 * is visible to every later reader. The server's own clock may go back; this one does not.
 */
export class StoreClock1764100401000 implements MigrationInterface {
  name = 'StoreClock1764100401000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table clinical.store_clock (
        single boolean not null default true,
        promised timestamptz not null default '-infinity',
        settled timestamptz not null default '-infinity',
        constraint store_clock_pkey primary key (single),
        constraint store_clock_one_row check (single)
      )`);
    await runner.query('insert into clinical.store_clock default values');
    // In two statements: the promise must be read after the transaction has its id.
    await runner.query(`
      create function clinical.write_instant() returns timestamptz
      language plpgsql volatile as $$
      begin
        perform pg_current_xact_id();
        return (
          select greatest(date_trunc('milliseconds', clock_timestamp()),
                          date_trunc('milliseconds', transaction_timestamp()),
                          promised + interval '1 millisecond')
          from clinical.store_clock);
      end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function clinical.write_instant()');
    await runner.query('drop table clinical.store_clock');
  }
}
