/** A literal of SQL, as statements and plans have it: two quotes inside are one. */
const LITERAL = /E?'((?:[^']|'')*)'/g;

/** Replaces the literals of SQL, or of a plan: they may tell of patients. @param shown those that stay */
export function hideLiterals(text: string, shown: ReadonlySet<string>): string {
  return text.replace(LITERAL, (literal: string, value: string) =>
    shown.has(value) ? literal : "'…'",
  );
}
