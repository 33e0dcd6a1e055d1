import { acceptQuality } from './accept-quality';

describe(acceptQuality.name, () => {
  it.each([
    ['application/fhir+xml', 1],
    ['Application/FHIR+XML', 1],
    ['application/fhir+xml; q=0.4', 0.4],
    ['application/fhir+xml;fhirVersion=4.0;q=0.4', 0.4],
    ['application/fhir+xml; charset=utf-8', 1],
    ['text/html, application/*;q=0.3', 0.3],
    ['text/html, */*;q=0.2', 0.2],
    ['application/fhir+xml;q=0.1, */*', 0.1],
    ['application/fhir+xml;q=0, application/*', 0],
    ['application/fhir+xml;q=0.2, application/fhir+xml', 1],
    ['application/fhir+xml;q=high', 1],
    ['text/*', 0],
    ['xml', 0],
    [',;,', 0],
  ])('of %s is %d', (accept, expected) => {
    expect(acceptQuality(accept, 'application/fhir+xml')).toBe(expected);
  });
});
