interface ServerError {
  readonly code?: unknown;
  readonly message?: unknown;
  /** Of a host with several addresses. */
  readonly errors?: readonly ServerError[];
}

/** What to do about an error of PostgreSQL, by its SQLSTATE or the code of the connection. */
const ADVICE = [
  [/^28/, 'refuses the user or the password; correct them'],
  [
    /^3D000$/,
    'refuses the database, which does not exist; create it with encoding UTF8, or correct its name',
  ],
  [
    /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|CONNECTION)/,
    'cannot be reached; see whether it runs, and correct host and port',
  ],
  [/^42501$/, 'denies its user a right; grant it, or connect as the owner of the database'],
  [/^25006$/, 'is read-only, a replica perhaps; connect to the primary'],
  [/^53300$/, 'has no connection left; let some end, or raise max_connections'],
  [/^57P03$/, 'is starting or shutting down; try again in a while'],
  [/^(42P01|3F000|42883)$/, 'lacks a part of the schema; run the command `migrate`'],
] as const;

/**
 * A sentence that says what to do about an error of PostgreSQL; undefined for errors that are none of
 * those. It quotes nothing but the code.
 */
export function databaseAdvice(error: unknown): string | undefined {
  const code = codeOf(error as ServerError);
  const advice = ADVICE.find(([codes]) => codes.test(code))?.[1];
  return advice === undefined ? undefined : `PostgreSQL (DATABASE_URL) ${advice}: ${code}.`;
}

function codeOf({ code, message, errors }: ServerError): string {
  if (errors?.[0]) return codeOf(errors[0]);
  if (typeof code === 'string') return code;
  const text = typeof message === 'string' ? message : '';
  // These two come from the driver, without a code.
  if (/client password must be a string/.test(text)) return '28P01';
  return /timeout.*connect|connection timeout/.test(text) ? 'CONNECTION TIMEOUT' : '';
}
