import { FhirError, invalidParameter, isFhirWideParameter } from '../../common';
import type { QueryParameter } from './group-search';

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

/** A read has no parameters but `_format` and `_pretty`. @throws FhirError that names another one */
export function checkReadParameters(parameters: readonly QueryParameter[]): void {
  const other = parameters.find(([name]) => !isFhirWideParameter(name));
  if (other !== undefined) {
    const shown = other[0].slice(0, 64);
    throw invalidParameter(
      shown,
      `Parameter "${shown}" is not supported here; a group is read with _format at most.`,
      'not-supported',
    );
  }
}
