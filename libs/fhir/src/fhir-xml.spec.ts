import { fhirXml } from './fhir-xml';
import { operationOutcome } from './operation-outcome';
import { readXml, valuesAt } from './testing/read-xml';

describe(fhirXml.name, () => {
  const diagnosticsOf = (diagnostics: string): readonly string[] => {
    const outcome = operationOutcome({ severity: 'error', code: 'value', diagnostics });
    return valuesAt(readXml(fhirXml(outcome)), 'issue.diagnostics');
  };

  it('spells elements in the order of R4, in the namespace of FHIR', () => {
    const text = fhirXml({
      resourceType: 'OperationOutcome',
      issue: [{ expression: ['_type'], diagnostics: 'No.', code: 'value', severity: 'error' }],
    } as { resourceType: string });

    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><OperationOutcome xmlns="http://hl7.org/fhir">' +
        '<issue><severity value="error"/><code value="value"/><diagnostics value="No."/>' +
        '<expression value="_type"/></issue></OperationOutcome>',
    );
  });

  it.each([
    ['markup', '</diagnostics> & <b a="1">\'x\'</b> &amp; ]]>'],
    ['line breaks and tabs', 'one\ntwo\r\nthree\tfour'],
    ['letters of all planes', 'é ß 漢字 😀'],
    ['values that look like nothing', '0'],
  ])('keeps %s', (_case, diagnostics) => {
    expect(diagnosticsOf(diagnostics)).toStrictEqual([diagnostics]);
  });

  it.each([
    ['control characters', 'a\u0000b\u0001c\u001Bd', 'a\uFFFDb\uFFFDc\uFFFDd'],
    ['halves of surrogate pairs', 'a\uD83D', 'a\uFFFD'],
    ['characters that are none', 'a\uFFFE\uFFFF', 'a\uFFFD\uFFFD'],
  ])('marks %s, which XML cannot hold', (_case, diagnostics, expected) => {
    expect(diagnosticsOf(diagnostics)).toStrictEqual([expected]);
  });

  it('keeps false and 0', () => {
    const parameter = [
      { name: 'no', valueBoolean: false },
      { name: 'none', valueInteger: 0 },
      { name: 'many', valueDecimal: 5_368_709_120 },
    ];

    const root = readXml(fhirXml({ resourceType: 'Parameters', parameter } as never));

    expect(valuesAt(root, 'parameter.valueBoolean')).toStrictEqual(['false']);
    expect(valuesAt(root, 'parameter.valueInteger')).toStrictEqual(['0']);
    expect(valuesAt(root, 'parameter.valueDecimal')).toStrictEqual(['5368709120']);
  });

  it('refuses what is no R4 resource', () => {
    expect(() => fhirXml({ resourceType: 'Manifest' })).toThrow('Unknown resource type');
  });
});
