import { quoted, shown } from '@app/fhir';

import { FhirError, invalidParameter, isFhirWideParameter } from '../../common';
import { type QueryParameter, single, valuesOf } from './query-parameter';
import { type ShownElements, shownElements } from './shown-elements';

/** The parameters of a URL, in order, repetitions kept: Express's own reading loses both. */
export function queryParameters(url: string): readonly QueryParameter[] {
  const question = url.indexOf('?');
  return question < 0 ? [] : [...new URLSearchParams(url.slice(question + 1))];
}

/**
 * The parameters of a form that was posted.
 *
 * @throws FhirError 415 when the body is something else
 */
export function formParameters(body: unknown, mediaType: string | undefined): QueryParameter[] {
  if (mediaType?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new FhirError(
      'A search by POST takes its parameters as application/x-www-form-urlencoded.',
      {
        status: 415,
        code: 'not-supported',
        expression: ['Content-Type'],
      },
    );
  }
  return Object.entries(body ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): QueryParameter => [name, String(one)]),
  );
}

/**
 * What a read shows: it has no parameters but `_elements`, `_summary`, `_format` and `_pretty`.
 *
 * @throws FhirError 400 that names another one, or a value that is not accepted
 */
export function readParameters(parameters: readonly QueryParameter[]): ShownElements {
  const other = parameters.find(([name]) => !isReadParameter(name));
  if (other !== undefined) {
    throw invalidParameter(
      shown(other[0]),
      `Parameter ${quoted(other[0])} is not supported here; a group is read with _elements, _summary and _format at most.`,
      'not-supported',
    );
  }
  return shownElements(valuesOf(parameters, '_elements'), single(parameters, '_summary'));
}

function isReadParameter(name: string): boolean {
  return name === '_elements' || name === '_summary' || isFhirWideParameter(name);
}
