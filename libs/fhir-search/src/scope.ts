import type { Facts } from './facts';
import { UnsupportedSearchError } from './search.errors';
import type { SearchValues } from './values';

/** What a condition is made for. */
export interface Scope {
  /** SQL of the jsonb value that paths begin at. */
  readonly json: string;
  /** Of that value. */
  readonly facts: Facts;
  /** What names of columns of `q`, the row of values, begin with. */
  readonly part: string;
  readonly values: SearchValues;
  /** The parameter as given, for messages. */
  readonly name: string;
  /** The service's own base URL: references under it are relative ones. */
  readonly fhirBase: string;
  /** Microseconds since 1970: what `ap` calls now. */
  readonly now: bigint;
}

/** A value that cannot be compared with; `accepted` says what can. */
export function badValue({ name }: Pick<Scope, 'name'>, accepted: string): UnsupportedSearchError {
  return new UnsupportedSearchError(
    `"${name}" has a value that is not understood. Accepted is ${accepted}.`,
    name,
    'value',
  );
}
