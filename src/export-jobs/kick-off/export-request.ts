import {
  formatMicroseconds,
  isResourceType,
  parseInstant,
  RESOURCE_TYPES,
  type ResourceType,
} from '@app/fhir';

import { FhirError, invalidParameter, isFhirWideParameter } from '../../common';
import type { NamedValue } from './query-string';

/** What a client asks for, checked in itself but not yet against its rights. */
export interface ExportRequest {
  /** Undefined when `_type` was left out: everything that the caller may have (PR-31). */
  readonly types: readonly ResourceType[] | undefined;
  /** UTC instant with microseconds. */
  readonly since: string | undefined;
}

const OUTPUT_FORMATS = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];
const SUPPORTED = ['_outputFormat', '_since', '_type'];
/** How far ahead of our clock a client's may be before its `_since` counts as the future. */
const SKEW_MICROSECONDS = 300_000_000n;

/**
 * Reads the parameters of a kick-off, strictly: what cannot be honoured is refused, for ignoring it
 * would give the client more than it asked for (UN-01).
 *
 * @throws FhirError 400 that names the parameter, its fault and what is accepted
 */
export function parseExportRequest(parameters: readonly NamedValue[], now: Date): ExportRequest {
  for (const [name] of parameters) {
    if (!SUPPORTED.includes(name) && !isFhirWideParameter(name)) throw unsupported(name);
  }
  checkOutputFormat(single(parameters, '_outputFormat'));
  return { types: readTypes(valuesOf(parameters, '_type')), since: readSince(parameters, now) };
}

function unsupported(name: string): FhirError {
  const shown = name.slice(0, 64);
  return new FhirError(
    `The parameter ${shown} is not supported. Supported are ${SUPPORTED.join(', ')}; leave the others out.`,
    { status: 400, code: 'not-supported', expression: [shown] },
  );
}

function valuesOf(parameters: readonly NamedValue[], name: string): readonly string[] {
  return parameters.filter(([given]) => given === name).map(([, value]) => value);
}

/** A parameter of cardinality 0..1; the same value twice is tolerated (EN-08). */
function single(parameters: readonly NamedValue[], name: string): string | undefined {
  const values = [...new Set(valuesOf(parameters, name))];
  if (values.length > 1) {
    throw invalidParameter(
      name,
      `${name} was given several times with different values; give it once.`,
      'invalid',
    );
  }
  return values[0];
}

/** PR-03, PR-06; a plus that was decoded to a space is forgiven (PR-07). */
function checkOutputFormat(value: string | undefined): void {
  if (value === undefined || OUTPUT_FORMATS.includes(value.replace(' ', '+'))) return;
  throw invalidParameter(
    '_outputFormat',
    `_outputFormat has a value that is not supported. Accepted are ${OUTPUT_FORMATS.join(', ')}.`,
    'not-supported',
  );
}

/** EN-04: repeats and commas mean the same. PR-33, PR-36: what is no exportable type is refused. */
function readTypes(values: readonly string[]): readonly ResourceType[] | undefined {
  if (values.length === 0) return undefined;
  const names = [
    ...new Set(values.flatMap((value) => value.split(',')).map((name) => name.trim())),
  ];
  return names.map((name) => {
    if (isResourceType(name)) return name;
    // Names are echoed only when they could be type names: the query may hold anything.
    const shown = /^[A-Za-z]{1,64}$/.test(name) ? `'${name}'` : 'a value that is no type name';
    throw invalidParameter(
      '_type',
      `_type holds ${shown}, which cannot be exported. Accepted, case-sensitive and separated by commas, are ${RESOURCE_TYPES.join(', ')}.`,
      'not-supported',
    );
  });
}

/** PR-16, PR-17. */
function readSince(parameters: readonly NamedValue[], now: Date): string | undefined {
  const value = single(parameters, '_since');
  if (value === undefined) return undefined;
  // A zone's plus that was decoded to a space.
  const instant = parseInstant(value.replace(/ (?=\d{2}:\d{2}$)/, '+'));
  if (instant === undefined) {
    throw invalidParameter(
      '_since',
      '_since must be a FHIR instant: date, time with seconds, and zone, such as 2026-01-31T13:28:17.239+02:00 or 2026-01-31T11:28:17Z.',
    );
  }
  if (instant > BigInt(now.getTime()) * 1000n + SKEW_MICROSECONDS) {
    throw invalidParameter(
      '_since',
      '_since lies in the future. Give the transactionTime of an earlier export.',
    );
  }
  return formatMicroseconds(instant);
}
