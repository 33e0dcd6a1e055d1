import {
  EXPORT_PARAMETERS,
  exportParameter,
  type ExportParameterName,
  quoted,
  shown,
} from '@app/fhir';

import { FhirError, invalidParameter, isFhirWideParameter, REQUEST_LIMITS } from '../../../common';
import type { NamedValue } from '../query-string';
import type { LenientHandling } from './lenient-handling';

/** Where parameters came from. */
export type ParameterSource = 'query' | 'body';

const MAX_LENGTH = REQUEST_LIMITS.parameterCharacters;
const MAX_VALUES = REQUEST_LIMITS.parameterValues;
const MAX_ITEMS = REQUEST_LIMITS.listItems;
// Neither PostgreSQL's JSON nor XML can hold them all, and no value needs one.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** The parameters of a kick-off by name, the unknown ones refused or ignored. */
export class KickOffParameters {
  private readonly values = new Map<string, string[]>();

  /** @throws FhirError 400 for what cannot be honoured */
  constructor(
    parameters: readonly NamedValue[],
    private readonly source: ParameterSource,
    lenience: LenientHandling,
  ) {
    const unsupported = new Set<string>();
    for (const [name, value] of parameters) {
      if (isFhirWideParameter(name)) continue;
      if (isSupported(name, source)) this.add(name, value);
      else unsupported.add(name);
    }
    for (const name of unsupported) this.handleUnsupported(name, lenience);
  }

  /** Of a list: repeats and commas mean the same (EN-04). @throws FhirError 400 */
  listOf(name: ExportParameterName): readonly string[] {
    const items: string[] = [];
    for (const value of this.of(name)) items.push(...value.split(',', MAX_ITEMS + 1));
    if (items.length > MAX_ITEMS) throw tooLong(name, `a list of more than ${MAX_ITEMS} items`);
    return [...new Set(items.map((item) => item.trim()))];
  }

  /** Every value as it was given, each once. */
  of(name: ExportParameterName): readonly string[] {
    return [...new Set(this.values.get(name) ?? [])];
  }

  /** Of cardinality 0..1; the same value twice is tolerated (EN-08). @throws FhirError 400 */
  single(name: ExportParameterName): string | undefined {
    const [value, ...others] = this.of(name);
    if (others.length === 0) return value;
    const diagnostics = `${name} was given several times with different values; give it once.`;
    throw invalidParameter(name, diagnostics, 'invalid');
  }

  private add(name: ExportParameterName, value: string): void {
    if (value.length > MAX_LENGTH) throw tooLong(name, `longer than ${MAX_LENGTH} characters`);
    if (UNPRINTABLE.test(value)) {
      throw invalidParameter(name, `${name} holds control characters, which no value has.`);
    }
    const values = this.values.get(name) ?? [];
    if (values.length >= MAX_VALUES) throw tooLong(name, `given more than ${MAX_VALUES} times`);
    values.push(value);
    this.values.set(name, values);
  }

  /**
   * Ignoring a parameter that ours is meant by, such as `_type:not` or `Patient`, would give more than
   * was asked for, so that this is refused whatever the client prefers (PR-54).
   */
  private handleUnsupported(name: string, lenience: LenientHandling): void {
    const [stem = ''] = name.toLowerCase().split(/[^a-z_-]/, 1);
    const meant = EXPORT_PARAMETERS.find((known) => known.name.toLowerCase() === stem);
    const error = unsupported(name, this.source);
    if (meant) throw error;
    lenience.refuseOrIgnore(error);
  }
}

function isSupported(name: string, source: ParameterSource): name is ExportParameterName {
  const parameter = exportParameter(name);
  return parameter !== undefined && !(parameter.isForBodies && source === 'query');
}

function unsupported(name: string, source: ParameterSource): FhirError {
  const known = EXPORT_PARAMETERS.map((parameter) => parameter.name)
    .filter((one) => isSupported(one, source))
    .join(', ');
  const hint = name === 'patient' ? 'patient is for the body of a POST alone. ' : '';
  return new FhirError(
    `${hint}The parameter ${quoted(name)} is not supported. Supported, spelt exactly so, are ${known}; leave the others out.`,
    { status: 400, code: 'not-supported', expression: [shown(name)] },
  );
}

function tooLong(name: string, fault: string): FhirError {
  return invalidParameter(name, `${name} is ${fault}.`, 'too-long');
}
