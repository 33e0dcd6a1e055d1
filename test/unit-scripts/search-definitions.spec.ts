import { readFileSync } from 'node:fs';

import { DEFINITIONS } from '../../libs/fhir-search/src/definitions';
import { RESOURCE_TYPES } from '../../libs/fhir/src';
import { parseExpression } from '../../scripts/search-definitions/expression';
import { generateRows } from '../../scripts/search-definitions/generate';
import { readHl7Definitions } from '../../scripts/search-definitions/hl7-definitions';

const ROOT = `${__dirname}/../..`;

describe('the definitions of search parameters', () => {
  const hl7 = readHl7Definitions(ROOT);
  const rows = generateRows(hl7);

  it('are what the generator makes of the definitions of HL7 (PR-81)', () => {
    expect(DEFINITIONS.trim().split('\n')).toStrictEqual(rows);
  });

  it('hold every parameter of R4 for the exportable types but special and phonetic ones, and those without an expression', () => {
    const types: readonly string[] = ['Resource', ...RESOURCE_TYPES];
    const left = hl7.parameters
      .filter(({ base }) => base.some((type) => types.includes(type) || type === 'DomainResource'))
      .filter(({ base, code }) =>
        base
          .filter((type) => types.includes(type) || type === 'DomainResource')
          .some((type) => !rows.some((row) => row.startsWith(`${type} ${code} `))),
      )
      .map(({ code }) => code);

    expect(left.sort()).toStrictEqual([
      '_content',
      '_query',
      '_text',
      'chromosome-variant-coordinate',
      'near',
      'phonetic',
      'phonetic',
      'phonetic',
      'referenceseqid-variant-coordinate',
    ]);
    const page = readFileSync(`${ROOT}/docs/type-filter.md`, 'utf8');
    expect(left.filter((code) => !page.includes(`\`${code}\``))).toStrictEqual([]);
  });

  it('refuses a definition that it does not understand, rather than to leave it out', () => {
    const parameters = [
      {
        resourceType: 'SearchParameter' as const,
        id: 'x',
        url: 'http://example.org/x',
        code: 'x',
        base: ['Patient'],
        type: 'string',
        expression: 'Patient.name.ofType(string)',
      },
    ];

    expect(() => generateRows({ ...hl7, parameters })).toThrow('Patient.x cannot be compiled');
  });
});

describe(parseExpression.name, () => {
  it.each([
    'Patient.name.first()',
    'Patient.name | ',
    'Patient.name and true',
    '(Patient.name as HumanName',
    'Patient.telecom.where(system = 1)',
    'Patient.name[0]',
  ])('refuses %s', (expression) => {
    expect(() => parseExpression(expression)).toThrow();
  });
});
