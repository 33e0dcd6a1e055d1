import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The clock that decides whatever lasts. `service.timer()` measures durations: it goes with PostgreSQL's
 * clock as long as that moves as the processes measure, and passes over its steps. `service.now()` is the
 * time of day: PostgreSQL's, as long as the host that ticks agrees with it. Between two ticks both go on
 * for five seconds at most.
 */
export class ServiceClock1764209000000 implements MigrationInterface {
  name = 'ServiceClock1764209000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema service;

      create table service.clock (
        single boolean default true constraint clock_pkey primary key constraint clock_one_row check (single),
        ticks bigint not null default 0,
        server timestamptz not null,
        time timestamptz not null,
        timer timestamptz not null
      );

      create function service.server_clock() returns timestamptz language sql volatile as $$
        select clock_timestamp() $$;

      create function service.since_tick(server timestamptz) returns interval language sql volatile as $$
        select greatest(interval '0', least(interval '5 seconds', service.server_clock() - server)) $$;

      create function service.now() returns timestamptz language sql volatile as $$
        select time + service.since_tick(server) from service.clock $$;

      create function service.timer() returns timestamptz language sql volatile as $$
        select timer + service.since_tick(server) from service.clock $$;

      insert into service.clock (server, time, timer) values (now(), now(), now());
    `);
    await runner.query(TICK);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema service cascade');
  }
}

/**
 * Moves the clock on, unless somebody else did so since the caller saw it.
 *
 * `seen`: the tick that the caller saw last, `gone`: how long ago by its own measure; null: it has just
 * started. `host`: what its host's clock shows; `bound`: by how many seconds that may differ.
 */
const TICK = `
  create function service.tick(seen bigint, gone float8, host timestamptz, bound float8)
  returns service.clock language plpgsql as $$
  declare
    last service.clock;
    server_now timestamptz;
    moved float8;
    shown float8;
    agreed boolean;
  begin
    select * into strict last from service.clock;
    server_now := service.server_clock();
    moved := extract(epoch from server_now - last.server);
    agreed := abs(extract(epoch from host - server_now)) <= bound;
    if seen is null and moved > 10 then
      -- Nobody was there to measure: the pause counts where two clocks agree on the present.
      update service.clock
      set ticks = ticks + 1, server = server_now, time = server_now,
          timer = timer + case when agreed then server_now - last.server else interval '0' end
      where ticks = last.ticks returning * into last;
    elsif seen = last.ticks then
      -- Never less than was shown already, or who was told to wait would be early.
      shown := least(moved, 5);
      if abs(moved - gone) > 1 then moved := gone; end if;
      update service.clock
      set ticks = ticks + 1, server = server_now, timer = timer + make_interval(secs => greatest(moved, shown)),
          time = case when agreed then server_now else time + make_interval(secs => moved) end
      where ticks = seen returning * into last;
    end if;
    if last.ticks is null then select * into strict last from service.clock; end if;
    return last;
  end $$`;
