/** As the standard rates it for a server; `design` and `RFC` are rules that we or RFCs add. */
export const LEVELS = [
  ...['SHALL', 'SHALL NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'fact', 'client', 'RFC', 'design'],
] as const;

/** A rule of Bulk Data Access or SMART Backend Services, in words of our own. */
export interface Rule {
  readonly id: string;
  readonly level: string;
  readonly words: string;
  /** What part of the standard it belongs to. */
  readonly section: string;
  readonly standing: Standing;
}

/** Whether the rule is kept; if not, why. */
export type Standing =
  | { readonly kind: 'kept' }
  | { readonly kind: 'not applicable' | 'deviation'; readonly reason: string };

/** A title of a test, or a row of a table of tests, that cites rules. */
export interface Citation {
  /** Path of the spec from the root of the project. */
  readonly file: string;
  /** Without the rules. */
  readonly title: string;
  readonly rules: readonly string[];
}

/** A SHALL that applies must have a test that passes. */
export function mustBeProven({ level, standing }: Rule): boolean {
  return level.startsWith('SHALL') && standing.kind === 'kept';
}
