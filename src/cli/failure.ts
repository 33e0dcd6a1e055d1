import { ConfigurationError } from '../config';
import { databaseAdvice } from '../database';

/** Data exceptions and violated constraints: their messages may quote values. */
const ABOUT_VALUES = /^2[23]...$/;

/** Ends a command that failed, with the reason on stderr: where that is known, with what to do. */
export function failCommand(error: unknown): never {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exit(error instanceof ConfigurationError ? error.exitCode : 1);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const advice = databaseAdvice(error);
  if (advice !== undefined) return advice;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string' || !ABOUT_VALUES.test(code)) return error.message;
  return `PostgreSQL refused a value that the command stores: ${code}.`;
}
