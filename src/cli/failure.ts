import { ConfigurationError } from '../config';
import { databaseAdvice } from '../database';

/** How a command that failed ends. */
export interface Failure {
  /** For people, on stderr. */
  readonly message: string;
  readonly exitCode: number;
}

/** Data exceptions and violated constraints: their messages may quote values. */
const ABOUT_VALUES = /^2[23]...$/;

/** How a command that failed ends: with the reason and, where that is known, with what to do. */
export function failureOf(error: unknown): Failure {
  const exitCode = error instanceof ConfigurationError ? error.exitCode : 1;
  return { message: reasonOf(error), exitCode };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const advice = databaseAdvice(error);
  if (advice !== undefined) return advice;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string' || !ABOUT_VALUES.test(code)) return error.message;
  return `PostgreSQL refused a value that the command stores: ${code}.`;
}
