/** The part of jest's results that the closing line is made from. */
export interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Suites that did not run: a syntax error, a failing import, an error outside a test. */
  readonly numRuntimeErrorTestSuites: number;
  /** By file, then by test. */
  readonly testResults: readonly {
    readonly testResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The tests could not be started: that is a failure, not an empty success. */
export const NOTHING_RAN: Totals = { passed: 0, failed: 1, skipped: 0 };

/** A suite that could not run counts as one failure: its tests are unknown, not passed. */
export function totalsOf(results: JestResults): Totals {
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** Full names of the tests that have passed. */
export function passedTests({ testResults }: JestResults): readonly string[] {
  const all = testResults.flatMap((file) => file.testResults);
  return all.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName);
}

/** The last line of `npm test`. */
export function closingLine({ passed, failed, skipped }: Totals): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

/** 0 only when something ran, nothing failed, and jest itself agrees. */
export function exitCodeOf({ passed, failed }: Totals, jestExitCode: number): number {
  if (failed > 0 || passed === 0) return 1;
  return jestExitCode;
}

/** What the reporter says: the totals at the end, until then which suites run, whenever a test has ended. */
export type FromJest = { readonly totals: Totals } | { readonly running: readonly string[] };
