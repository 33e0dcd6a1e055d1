/**
 * Any text as a literal of PostgreSQL: the one place where what a client wrote becomes SQL. It reads the
 * same whether standard_conforming_strings is on or off.
 *
 * @throws Error for U+0000, which PostgreSQL cannot hold
 */
export function literal(text: string): string {
  if (text.includes('\0')) throw new Error('PostgreSQL has no U+0000.');
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? ` E${quoted}` : quoted;
}
