import fc from 'fast-check';

import { InvalidCriteriaError } from '../groups.errors';
import { parseCriteria } from './parse-criteria';

const AGE = { age: { min: 18 } };

function faultOf(criteria: unknown): string | undefined {
  try {
    parseCriteria(criteria);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidCriteriaError) return error.message;
    throw error;
  }
}

describe(parseCriteria.name, () => {
  it.each([
    [AGE, { kind: 'age', min: 18, max: undefined }],
    [{ gender: 'female' }, { kind: 'gender', anyOf: ['female'] }],
    [{ gender: ['male', 'male', 'other'] }, { kind: 'gender', anyOf: ['male', 'other'] }],
    [
      { condition: { code: 'urn:s|a|b' } },
      { kind: 'condition', codes: [{ system: 'urn:s', code: 'a|b' }], clinicalStatus: undefined },
    ],
    [{ encounter: { withinDays: 30 } }, { kind: 'encounter', from: { withinDays: 30 } }],
    [
      { encounter: { since: '2026-01-31' } },
      { kind: 'encounter', from: { since: '2026-01-31T00:00:00.000000Z' } },
    ],
    [
      { practitioner: { reference: 'Practitioner/p', as: 'encounter' } },
      { kind: 'practitioner', reference: 'Practitioner/p', as: ['encounter'] },
    ],
    [{ everyone: true }, { kind: 'everyone' }],
    [
      { and: [AGE, { not: { deceased: true } }] },
      {
        kind: 'and',
        of: [
          { kind: 'age', min: 18, max: undefined },
          { kind: 'not', of: { kind: 'deceased', value: true } },
        ],
      },
    ],
  ])('understands %j', (criteria, expected) => {
    expect(parseCriteria(criteria)).toStrictEqual(expected);
  });

  it.each([
    [undefined, 'criteria must be an object'],
    [[], 'criteria must be an object'],
    [{}, 'criteria must have exactly one of and, or, not'],
    [{ ...AGE, gender: 'male' }, 'criteria must have exactly one of'],
    [{ agee: { min: 18 } }, 'criteria.agee is unknown'],
    [{ age: { min: 18, mx: 20 } }, 'criteria.age.mx is unknown; known here: min, max'],
    [{ age: { min: '18' } }, 'criteria.age.min must be a whole number from 0 to 150'],
    [{ age: { min: 0 } }, 'criteria.age needs min above 0, or max'],
    [{ age: { min: 20, max: 19 } }, 'criteria.age has a min above its max'],
    [{ and: [] }, 'criteria.and must be a list with at least one entry'],
    [{ or: [AGE, { gender: 'f' }] }, 'criteria.or[1].gender must be one of male, female'],
    [{ gender: [] }, 'criteria.gender must be a list with at least one entry'],
    [{ deceased: 'no' }, 'criteria.deceased must be true or false'],
    [{ everyone: false }, 'criteria.everyone must be true'],
    [{ condition: {} }, 'criteria.condition.code is missing'],
    [{ condition: { code: '73211009' } }, 'criteria.condition.code must be system|code'],
    [{ condition: { code: ['urn:s|a', '|b'] } }, 'criteria.condition.code[1] must be system|code'],
    [{ condition: { code: 'urn:s|\0' } }, 'criteria.condition.code must be a text'],
    [
      { condition: { code: 'urn:s|a', clinicalStatus: ['active', 'old'] } },
      'criteria.condition.clinicalStatus[1] must be one of active',
    ],
    [{ encounter: {} }, 'criteria.encounter needs either since or withinDays'],
    [{ encounter: { since: '2026-02-30' } }, 'criteria.encounter.since must be a date'],
    [{ encounter: { withinDays: 0 } }, 'criteria.encounter.withinDays must be a whole number'],
    [{ practitioner: { reference: 'Patient/p' } }, 'criteria.practitioner.reference must be'],
    [
      { practitioner: { reference: 'Practitioner/p', as: 'friend' } },
      'criteria.practitioner.as must be one of encounter',
    ],
  ])('refuses %j, naming the place', (criteria, message) => {
    expect(faultOf(criteria)).toContain(message);
  });

  it.each([
    [{ not: AGE }],
    [{ deceased: false }],
    [{ not: { deceased: true } }],
    [{ or: [AGE, { deceased: false }] }],
    [{ and: [{ not: AGE }, { deceased: false }] }],
    [{ not: { and: [AGE, { not: { gender: 'male' } }] } }],
  ])('refuses %j, which would stand for almost everybody', (criteria) => {
    expect(faultOf(criteria)).toContain('hold nothing that must be true of a member');
  });

  it.each([
    [{ and: [{ deceased: false }, AGE] }],
    [{ not: { not: AGE } }],
    [{ not: { or: [{ not: AGE }, { gender: 'male' }] } }],
    [{ and: [{ everyone: true }, { not: AGE }] }],
  ])('accepts %j, whose members all have something positive', (criteria) => {
    expect(faultOf(criteria)).toBeUndefined();
  });

  it('bounds depth and number, so that a statement stays one that can be planned', () => {
    const deep = Array.from({ length: 10 }).reduce<object>((inner) => ({ and: [inner] }), AGE);
    const wide = { or: Array.from({ length: 100 }, () => AGE) };

    expect(faultOf(deep)).toContain('nested more than 10 deep');
    expect(faultOf(wide)).toContain('is one too many: 100 are the limit');
  });

  it('answers whatever it is given with criteria or with its own error', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const criteria of [value, { and: [value, AGE] }, { condition: value }]) {
          expect(['undefined', 'string']).toContain(typeof faultOf(criteria));
        }
      }),
    );
  });
});
