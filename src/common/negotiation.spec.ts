import { type FhirError } from './fhir.error';
import { type AskingRequest, fhirMediaType, outcomeMediaType } from './negotiation';

const FHIR_JSON = 'application/fhir+json';
const FHIR_XML = 'application/fhir+xml';

function asking(accept: string | undefined, query = ''): AskingRequest {
  return {
    headers: { accept },
    originalUrl: `/fhir/Group${query}`,
    body: undefined,
    is: () => false,
  };
}

describe('the format of an answer', () => {
  it.each([
    [undefined, FHIR_JSON],
    ['', FHIR_JSON],
    ['*/*', FHIR_JSON],
    ['application/*', FHIR_JSON],
    ['application/fhir+json', FHIR_JSON],
    ['Application/FHIR+JSON', FHIR_JSON],
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/json', 'text/json'],
    ['text/*', 'text/json'],
    ['application/fhir+ndjson', FHIR_JSON],
    ['application/fhir+xml', FHIR_XML],
    ['application/xml', 'application/xml'],
    ['text/xml', 'text/xml'],
    ['application/json+fhir', 'application/json+fhir'],
    ['application/xml+fhir;q=0.9, application/json+fhir;q=0.1', 'application/xml+fhir'],
    ['application/fhir+json, application/fhir+xml', FHIR_JSON],
    ['application/fhir+xml, application/fhir+json', FHIR_XML],
    ['application/fhir+xml, */*;q=0.9', FHIR_XML],
    ['application/fhir+xml;q=0.8, application/fhir+json;q=0.9', FHIR_JSON],
    ['application/fhir+xml;q=0.9, application/fhir+json;q=0.8', FHIR_XML],
    ['application/fhir+xml; Q="0.9", application/fhir+json;q=0.8', FHIR_XML],
    ['application/fhir+json;q=0, application/fhir+xml;q=0.1', FHIR_XML],
    ['application/fhir+json;q=0, */*', 'application/json'],
    ['text/html, application/xml;q=0.5', 'application/xml'],
  ])('follows Accept %p: %s', (accept, expected) => {
    expect(fhirMediaType(asking(accept))).toBe(expected);
  });

  it.each([
    ['application/fhir+json; fhirVersion=4.0', FHIR_JSON],
    ['application/fhir+json;fhirVersion=4.0.1', FHIR_JSON],
    ['application/fhir+json; FHIRVERSION="4.0"; charset=UTF-8; q=0.5', FHIR_JSON],
    ['application/fhir+xml;fhirVersion=4.0;q=0.4, application/json;q=0.3', FHIR_XML],
    ['application/fhir+xml; charset="utf-8"', FHIR_XML],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/json;odata.metadata=none', 'application/json'],
    ['text/html;level=1, application/xml;level=2;q=0.5', 'application/xml'],
    ['application/fhir+json;fhirVersion=5.0, application/xml;q=0.1', 'application/xml'],
  ])('follows Accept %s, whose parameters narrow nothing (HD-09): %s', (accept, expected) => {
    expect(fhirMediaType(asking(accept))).toBe(expected);
  });

  it.each([
    ['?_format=xml', 'xml'],
    ['?_format=text/xml', 'xml'],
    ['?_format=application/xml', 'xml'],
    ['?_format=application/fhir%2Bxml', 'xml'],
    ['?_format=application/fhir+xml', 'xml'],
    ['?_format=application/xml+fhir', 'xml'],
    ['?_format=application/json%2Bfhir', 'json'],
    ['?_format=application/fhir%2Bxml%3BfhirVersion%3D4.0', 'xml'],
    ['?_format=application/fhir%20json;%20charset=UTF-8', 'json'],
    ['?_format=XML&name=a', 'xml'],
    ['?name=a&_format=json', 'json'],
    ['?_format=json&_format=application/json', 'json'],
  ])('follows %s whatever Accept says: %s (R4 http, _format)', (query, expected) => {
    const other = expected === 'json' ? 'text/xml' : 'text/json';

    for (const accept of ['text/html', other]) {
      expect(fhirMediaType(asking(accept, query))).toBe(`application/fhir+${expected}`);
    }
  });

  it.each([
    '?_format=',
    '?_format=turtle',
    '?_format=json&_format=xml',
    '?_format=xml&_format=x',
    '?_format=application/fhir%2Bjson;fhirVersion=5.0',
    '?_format=xml;charset=latin1',
  ])('refuses %s with 406, and answers in the format of Accept', (query) => {
    expect(() => fhirMediaType(asking('text/xml', query))).toThrow(
      expect.objectContaining({ status: 406, expression: ['_format'] }) as FhirError,
    );
    expect(outcomeMediaType(asking('text/xml', query))).toBe('text/xml');
    expect(outcomeMediaType(asking('text/html', query))).toBe(FHIR_JSON);
  });

  it.each([
    'text/html',
    'application/fhir+turtle',
    'application/json;q=0',
    'application/json;q=high',
    'application/fhir+json;fhirVersion=5.0',
    'application/fhir+json; fhirVersion=3.0, application/json; fhirVersion=4.3',
    'nonsense',
    ',;,',
  ])('refuses Accept %s with 406, in JSON', (accept) => {
    expect(() => fhirMediaType(asking(accept))).toThrow(
      expect.objectContaining({ status: 406, expression: ['Accept'] }) as FhirError,
    );
    expect(outcomeMediaType(asking(accept))).toBe(FHIR_JSON);
  });

  it('reads _format in a posted form', () => {
    const form = { ...asking('*/*'), body: { _format: 'xml' }, is: () => 'x' } as AskingRequest;

    expect(fhirMediaType(form)).toBe(FHIR_XML);
  });
});
