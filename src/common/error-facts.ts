/**
 * What may be logged of any error: its name, its code and where it was thrown. Never its message or its
 * other members: a database driver quotes rows in them.
 */
export function errorFacts(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error };
  const stack = error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at '));
  return { type: error.name, code: (error as { code?: unknown }).code, stack: stack?.slice(0, 8) };
}
