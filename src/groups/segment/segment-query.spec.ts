import { parseCriteria } from './parse-criteria';
import { segmentQuery } from './segment-query';

const HOSTILE = `x'); drop table clinical.resource; --`;

describe(segmentQuery.name, () => {
  it.each([
    [{ condition: { code: `urn:s|${HOSTILE}` } }],
    [{ condition: { code: [`urn:s|a`, `urn:'"$1|$2\\u0000}`] } }],
  ])('binds every value of %j: nothing of them is in the statement', (criteria) => {
    const { sql, parameters } = segmentQuery(parseCriteria(criteria), `2026-01-01'${HOSTILE}`);

    expect(sql).not.toContain('drop table');
    expect(sql).not.toContain('urn:');
    expect(JSON.stringify(parameters)).toContain('urn:');
  });

  it('has a parameter for each placeholder, and no other', () => {
    const criteria = parseCriteria({
      and: [
        { age: { min: 18, max: 64 } },
        { or: [{ gender: 'female' }, { practitioner: { reference: 'Practitioner/p' } }] },
        { not: { encounter: { withinDays: 90 } } },
        { condition: { code: 'urn:s|a', clinicalStatus: 'active' } },
      ],
    });

    const { sql, parameters } = segmentQuery(criteria, '2026-01-01T00:00:00Z');

    const used = new Set([...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    expect([...used].sort((a, b) => a - b)).toStrictEqual(parameters.map((_, index) => index + 1));
  });

  it('asks about some patients without reading what others have', () => {
    const criteria = parseCriteria({ condition: { code: 'urn:s|a' } });

    const { sql } = segmentQuery(criteria, '2026-01-01T00:00:00Z', 'select among');

    expect(sql.match(/ and (id|patient_id) in \(select among\)/g)).toHaveLength(2);
  });
});
