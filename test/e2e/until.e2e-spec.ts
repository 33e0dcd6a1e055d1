import { downloadAll } from '../support/export';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { type Asked, runJob } from '../support/job';
import type { Given } from '../support/truth';

const MARCH = '2024-03-01T00:00:00.000Z';
const APRIL = '2024-04-01T00:00:00.000Z';

const goal = (id: string, lastUpdated: string, rest: object = {}): Given =>
  given('Goal', id, { meta: { lastUpdated }, subject: to('Patient', 'p1'), ...rest });

describe('_until', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(
      [
        given('Patient', 'p1'),
        goal('february', '2024-02-01T00:00:00.000Z'),
        goal('just-before', '2024-03-31T23:59:59.999Z'),
        goal('at-that-instant', APRIL),
        goal('may', '2024-05-01T00:00:00.000Z'),
        goal('february-and-may', '2024-02-01T00:00:00.000Z'),
      ],
      { ABC: ['p1'] },
    );
    await service.load([
      goal('february-and-may', '2024-05-01T00:00:00.000Z', { description: { text: 'newer' } }),
    ]);
  });

  afterAll(() => service.close());

  const goals = async (asked: Partial<Asked>): Promise<readonly string[]> => {
    const target = { level: 'group', groupId: 'ABC' } as const;
    const manifest = await runJob(service, { types: ['Goal', 'Group'], target, ...asked });
    return idsOf((await downloadAll(manifest, service.token)).get('Goal'));
  };

  it('gives what last changed before it, and not at it (PR-20)', async () => {
    expect(await goals({ until: APRIL })).toStrictEqual(['february', 'just-before']);
  });

  it('drops what has changed later, and brings no older version back (PR-22)', async () => {
    expect(await goals({})).toContain('february-and-may');
    expect(await goals({ until: APRIL })).not.toContain('february-and-may');
  });

  it('makes a window with _since (PR-20)', async () => {
    expect(await goals({ since: MARCH, until: APRIL })).toStrictEqual(['just-before']);
  });

  it('gives the group by its own time (PR-20)', async () => {
    const target = { level: 'group', groupId: 'ABC' } as const;

    const { output } = await runJob(service, { types: ['Goal', 'Group'], target, until: APRIL });

    expect(output.map(({ type }) => type)).toStrictEqual(['Goal']);
  });
});
