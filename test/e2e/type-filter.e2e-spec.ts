import { downloadAll, kickOff, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';

describe('_typeFilter', () => {
  let service: LoadedApp;

  beforeAll(async () => {
    service = await startLoadedApp(12);
  });

  afterAll(() => service.close());

  async function exported(query: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const statusUrl = await kickOff(service, `Group/INF-101/$export?${query}`, service.token);
    return downloadAll(await manifestOf(service, statusUrl, service.token), service.token);
  }

  const gender = (line: string): unknown => (JSON.parse(line) as { gender?: unknown }).gender;

  it('gives of the named type what matches, and of the others everything (PR-73, PR-75, PR-76)', async () => {
    const all = await exported('_type=Patient,Condition');
    const women = (all.get('Patient') ?? []).filter((line) => gender(line) === 'female');

    const filtered = await exported(
      '_type=Patient,Condition&_typeFilter=Patient%3Fgender%3Dfemale',
    );

    expect(women.length).toBeGreaterThan(0);
    expect([...(filtered.get('Patient') ?? [])].sort()).toStrictEqual([...women].sort());
    expect(filtered.get('Condition')).toHaveLength(all.get('Condition')?.length ?? 0);
  });

  it('takes several filters of a type as alternatives (PR-74)', async () => {
    const all = await exported('_type=Patient');

    const either = await exported(
      '_type=Patient&_typeFilter=Patient%3Fgender%3Dfemale&_typeFilter=Patient%3Fgender%3Dmale',
    );
    const known = (all.get('Patient') ?? []).filter((line) =>
      ['female', 'male'].includes(String(gender(line))),
    );

    expect(either.get('Patient')).toHaveLength(known.length);
  });

  it('gives nothing of a type that nothing of matches (PR-76)', async () => {
    const filtered = await exported('_type=Patient&_typeFilter=Patient%3F_id%3Dnobody');

    expect(filtered.size).toBe(0);
  });
});
