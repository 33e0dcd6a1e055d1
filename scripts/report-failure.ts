/** For the end of a console program: says what went wrong, without a stack trace, and fails. */
export function reportFailure(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
