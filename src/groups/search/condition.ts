import type { Criteria } from '../segment/criteria';
import type { SearchToken } from './token';

/** Adds a value to the query's parameters and gives the placeholder for it. */
export type Bind = (value: unknown) => string;

/** What a search by member must know of segments, whose members are in no table. */
export interface SearchContext {
  /** The instant at which segments are evaluated. */
  readonly now: string;
  readonly segments: readonly { readonly id: string; readonly criteria: Criteria }[];
}

/** A condition on a row `g` of groups.patient_group, as SQL; every value goes through `bind`. */
export type Condition = (bind: Bind, context: SearchContext) => string;

export const ALWAYS: Condition = () => 'true';
export const NEVER: Condition = () => 'false';

export function anyOf(conditions: readonly string[]): string {
  return `(${conditions.map((condition) => `(${condition})`).join(' or ')})`;
}

/** Whether a JSON object answers any of the tokens. */
export function anyToken(
  tokens: readonly SearchToken[],
  object: string,
  key: 'code' | 'value',
): (bind: Bind) => string {
  return (bind) => anyOf(tokens.map((token) => tokenMatches(token, object, key)(bind)));
}

/** Whether a JSON object with `system` and a code under `key` answers a token. */
export function tokenMatches(
  token: SearchToken,
  object: string,
  key: 'code' | 'value',
): (bind: Bind) => string {
  return (bind) => {
    const parts = [
      ...(token.code === undefined ? [] : [`${object}->>'${key}' = ${bind(token.code)}`]),
      ...(token.system === null ? [`${object}->>'system' is null`] : []),
      ...(typeof token.system === 'string' ? [`${object}->>'system' = ${bind(token.system)}`] : []),
    ];
    return parts.join(' and ');
  };
}
