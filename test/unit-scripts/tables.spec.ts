import { faultsOf } from '../../scripts/tables/faults';
import { namedRelations } from '../../scripts/tables/named-relations';
import { EXCEPTIONS, OWNERSHIP } from '../../scripts/tables/owners';

const KNOWN = new Set(['clinical.resource', 'export.job']);

describe('Which module may name which table', () => {
  it('is read from strings and templates, not from comments or code', () => {
    const source = [
      '/** Of export.job. */ const one = `select from clinical.resource r where ${two} = 1`;',
      "const three = groups.list; const four = 'export.jobs';",
    ].join('\n');

    expect(namedRelations(source, KNOWN)).toStrictEqual(['clinical.resource']);
  });

  it('counts a name that is put together as any of its schema', () => {
    expect(namedRelations('const sql = `delete from export.${table}`;', KNOWN)).toStrictEqual([
      'export.*',
    ]);
  });

  it('refuses a table of others, also one whose name is put together', () => {
    const uses = ['export.cohort_member', 'export.*'].map((relation) => ({
      ...{ file: 'groups/x.ts', module: 'groups', relation },
    }));

    const faults = faultsOf([...uses, ...excepted()], Object.keys(OWNERSHIP));

    expect(faults).toStrictEqual([
      'groups/x.ts: groups may not name export.cohort_member',
      'groups/x.ts: groups may not name export.*',
    ]);
  });

  it('wants an owner for every relation, and every exception to be needed', () => {
    const [first, ...others] = excepted();

    const faults = faultsOf(others, [...Object.keys(OWNERSHIP), 'clinical.new']);

    expect(faults).toStrictEqual([
      'clinical.new has no owner: give it one',
      `${first?.module} names ${first?.relation} no more: no exception`,
    ]);
  });
});

function excepted(): readonly { file: string; module: string; relation: string }[] {
  return EXCEPTIONS.map(({ module, relation }) => ({ file: `${module}/x.ts`, module, relation }));
}
