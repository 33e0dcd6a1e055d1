import { Client } from 'pg';

import { startTestApp, type TestApp } from '../support/app';
import { runCommand } from '../support/command-line';

interface Done {
  readonly table: string;
  readonly outcome: string;
}

describe('The command recluster', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startTestApp();
    await service.dataSource.query(`
      insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
      select now(), 1, 'Goal', n::text, 'p' || n % 100, '', '{"resourceType":"Goal","id":"' || n || '"}'
      from generate_series(1, 2000) n`);
    await service.dataSource.query('analyze clinical.resource_goal');
  });

  afterAll(() => service.close());

  const recluster = async (...args: readonly string[]): Promise<readonly Done[]> => {
    const given = ['recluster', '--json', '--lock-seconds', '0.2', ...args];
    const { stdout } = await runCommand(service.environment, given);
    return JSON.parse(stdout) as readonly Done[];
  };
  const goals = (done: readonly Done[]): string | undefined =>
    done.find(({ table }) => table.endsWith('resource_goal'))?.outcome;
  /** Patients whose rows begin anew somewhere in the table. */
  const runs = async (): Promise<number> => {
    const [row] = await service.dataSource.query<[{ runs: number }]>(`
      select count(*)::int as runs from (
        select patient_id, lag(patient_id) over (order by ctid) as before
        from clinical.resource_goal) r
      where patient_id is distinct from before`);
    return row.runs;
  };

  it('leaves a type that is in use as it is, and says so', async () => {
    const other = new Client({ connectionString: service.environment['DATABASE_URL'] });
    await other.connect();
    try {
      await other.query('begin');
      await other.query('select 1 from clinical.resource_goal limit 1');

      expect(goals(await recluster())).toBe('busy');
      expect(await runs()).toBeGreaterThan(1000);
    } finally {
      await other.end();
    }
  });

  it('brings each patient’s rows together, and then finds them in order', async () => {
    expect(goals(await recluster())).toBe('rewritten');
    expect(await runs()).toBe(100);
    expect(goals(await recluster())).toBe('in order');
    expect(goals(await recluster('--all'))).toBe('rewritten');
  });
});
