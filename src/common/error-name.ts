/** What may be logged of any error: messages may quote patients' data. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
