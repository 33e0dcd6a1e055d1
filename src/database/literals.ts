import { escapeLiteral } from 'pg';

/** A quoted literal, for statements that take no parameters. */
export const literal = escapeLiteral;

/** A UTC instant as a literal. */
export function time(instant: string): string {
  return `timestamptz ${literal(instant)}`;
}
