import type { IssueCode } from '@app/fhir';

/** The issue code of a failure of which only the HTTP status is known. */
export const CODE_OF_STATUS: Readonly<Record<number, IssueCode>> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  406: 'not-supported',
  409: 'conflict',
  412: 'conflict',
  413: 'too-long',
  415: 'not-supported',
  416: 'value',
  422: 'processing',
  429: 'throttled',
  431: 'too-long',
  500: 'exception',
  503: 'transient',
};
