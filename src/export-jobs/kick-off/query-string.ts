import { FhirError } from '../../common';

/** A parameter as it came, in the order of arrival. */
export type NamedValue = readonly [name: string, value: string];

/**
 * Splits the query of a URL into names and values, percent-decoded. A plus sign stays a plus sign:
 * clients write it raw in `application/fhir+ndjson` and in zones (EN-01, PR-07, PR-16).
 *
 * @throws FhirError 400 when the percent-encoding is broken
 */
export function parseQueryString(url: string): readonly NamedValue[] {
  const query = url.split('?').slice(1).join('?');
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [decode(name), decode(value.join('='))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new FhirError(
      'The query is not percent-encoded UTF-8: a % must be followed by two hex digits.',
      {
        status: 400,
        code: 'invalid',
        cause,
      },
    );
  }
}
