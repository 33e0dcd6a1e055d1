import { citedRules } from './cited-rules';
import { type Citation, mustBeProven, type Rule } from './rule';

/** What stands between the project and its claim. */
export interface Judgement {
  /** Rules that must be proven, and are not. */
  readonly unproven: readonly Rule[];
  /** SHOULD that is claimed without a test. */
  readonly untested: readonly Rule[];
  /** Cited, but no rule has this id. */
  readonly unknown: readonly string[];
}

/**
 * @param passed full names of the tests that have passed; undefined when nothing was run: citing is then
 *   enough
 */
export function judge(
  rules: readonly Rule[],
  cited: readonly Citation[],
  passed?: readonly string[],
): Judgement {
  const known = new Set(rules.map(({ id }) => id));
  const inSpecs = cited.flatMap((citation) => citation.rules);
  const proven = new Set(passed?.flatMap(citedRules) ?? inSpecs);
  const without = rules.filter(({ id }) => !proven.has(id));
  return {
    unproven: without.filter(mustBeProven),
    untested: without.filter(
      ({ level, standing }) => level.startsWith('SHOULD') && standing.kind === 'kept',
    ),
    unknown: [...new Set(inSpecs)].filter((id) => !known.has(id)),
  };
}
