import { FhirError, invalidParameter } from '../common';
import { readCount, readOne, type RequestQuery, requireNames } from './query';

const NAMES = ['patient', 'before', 'count', '_format'] as const;

/** Whose disclosures are asked for, and how they are told; undefined: as Accept says. */
export interface AskedDisclosures {
  readonly patient: string;
  readonly before: string | undefined;
  readonly count: number;
  readonly format: 'json' | 'ndjson' | undefined;
}

/** @throws FhirError 400 or 406 that names the parameter and what is accepted, without the value */
export function readDisclosureQuery(query: RequestQuery): AskedDisclosures {
  requireNames(query, NAMES, 'Disclosures are');
  const patient = readOne(query, 'patient');
  if (patient === undefined) {
    throw invalidParameter('patient', 'patient is missing: the id of a patient, or Patient/[id].');
  }
  return {
    patient,
    before: readOne(query, 'before'),
    count: readCount(query),
    format: readFormat(readOne(query, '_format')),
  };
}

function readFormat(text: string | undefined): 'json' | 'ndjson' | undefined {
  if (text === undefined) return undefined;
  if (/^(application\/)?json$/.test(text)) return 'json';
  if (/^(application\/(fhir[+ ])?)?ndjson$/.test(text)) return 'ndjson';
  throw new FhirError('_format accepts json or ndjson, or their media types.', {
    status: 406,
    code: 'not-supported',
    expression: ['_format'],
  });
}
