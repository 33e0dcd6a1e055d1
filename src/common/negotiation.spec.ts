import { type FhirError } from './fhir.error';
import { type AskingRequest, fhirFormat, outcomeFormat } from './negotiation';

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
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/fhir+json', 'json'],
    ['application/json', 'json'],
    ['application/fhir+ndjson', 'json'],
    ['application/fhir+xml', 'xml'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['application/fhir+xml, application/fhir+json', 'json'],
    ['application/fhir+xml, */*', 'json'],
    ['application/fhir+xml, */*;q=0.9', 'xml'],
    ['application/fhir+xml;q=0.8, application/fhir+json;q=0.9', 'json'],
    ['application/fhir+xml;q=0.9, application/fhir+json;q=0.8', 'xml'],
    ['application/fhir+json;q=0, */*', 'json'],
    ['text/html, application/xml;q=0.5', 'xml'],
  ])('follows Accept %p: %s', (accept, expected) => {
    expect(fhirFormat(asking(accept))).toBe(expected);
  });

  it.each([
    ['?_format=xml', 'xml'],
    ['?_format=text/xml', 'xml'],
    ['?_format=application/xml', 'xml'],
    ['?_format=application/fhir%2Bxml', 'xml'],
    ['?_format=application/fhir+xml', 'xml'],
    ['?_format=application/fhir%2Bxml%3BfhirVersion%3D4.0', 'xml'],
    ['?_format=XML&name=a', 'xml'],
    ['?name=a&_format=json', 'json'],
    ['?_format=json&_format=application/json', 'json'],
  ])('follows %s whatever Accept says: %s (R4 http, _format)', (query, expected) => {
    expect(fhirFormat(asking('text/html', query))).toBe(expected);
    expect(fhirFormat(asking(expected === 'json' ? 'text/xml' : 'text/json', query))).toBe(
      expected,
    );
  });

  it.each(['?_format=', '?_format=turtle', '?_format=json&_format=xml', '?_format=xml&_format=x'])(
    'refuses %s with 406, and answers in the format of Accept',
    (query) => {
      expect(() => fhirFormat(asking('text/xml', query))).toThrow(
        expect.objectContaining({ status: 406, expression: ['_format'] }) as FhirError,
      );
      expect(outcomeFormat(asking('text/xml', query))).toBe('xml');
      expect(outcomeFormat(asking('text/html', query))).toBe('json');
    },
  );

  it.each(['text/html', 'application/fhir+turtle', 'application/json;q=0', 'nonsense'])(
    'refuses Accept %s with 406, in JSON',
    (accept) => {
      expect(() => fhirFormat(asking(accept))).toThrow(
        expect.objectContaining({ status: 406, expression: ['Accept'] }) as FhirError,
      );
      expect(outcomeFormat(asking(accept))).toBe('json');
    },
  );

  it('reads _format in a posted form', () => {
    const form = { ...asking('*/*'), body: { _format: 'xml' }, is: () => 'x' } as AskingRequest;

    expect(fhirFormat(form)).toBe('xml');
  });
});
