import type { Bench } from '../bench';
import { figuresOf, type Figures, rounded } from '../figures';
import { measureRounds, reported } from '../round';

/** Exports what has changed since an instant: a hundredth of the resources. */
export function since(bench: Bench): Promise<Figures> {
  return bench.serve({}, async (served) => {
    const all = figuresOf(await measureRounds(bench, served));
    const instant = await touchSome(bench);
    const changed = await measureRounds(bench, served, { since: instant });
    const figures = reported(bench, served, changed);
    return { ...figures, time_share_of_all: rounded(figures.seconds / all.seconds) };
  });
}

/** New versions of a hundredth of the resources. @returns an instant before them */
async function touchSome({ database }: Bench): Promise<string> {
  const { rows } = await database.query<{ now: Date }>('select clock_timestamp() as now');
  const [row] = rows;
  if (!row) throw new Error('PostgreSQL gave no time.');
  await database.query(`
    begin;
    insert into clinical.resource_history
      (last_updated, superseded_at, version, deleted, type, id, patient_id, content)
    select last_updated, now(), version, false, type, id, patient_id, content
    from clinical.resource where ${SOME};
    update clinical.resource set last_updated = now(), version = version + 1 where ${SOME};
    commit`);
  return row.now.toISOString();
}

const SOME = 'hashtext(id) % 100 = 0';
