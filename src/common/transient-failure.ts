/**
 * How the state of a server that we depend on kept something from being done. `unavailable`: nothing can
 * be begun, for it is out of reach, read-only, full or too busy. `interrupted`: what was under way was
 * broken off, by its operator, by a loss of the connection, or in favour of another transaction.
 */
export type Outage = 'unavailable' | 'interrupted';

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** SQLSTATEs, and the classes that they begin with; a longer beginning comes first. */
const STATES: readonly (readonly [string, Outage])[] = [
  ['08001', 'unavailable'],
  ['08004', 'unavailable'],
  ['08', 'interrupted'],
  ['25006', 'unavailable'],
  ['25P03', 'interrupted'],
  ['28000', 'unavailable'],
  ['28P01', 'unavailable'],
  ['3D000', 'unavailable'],
  ['40001', 'interrupted'],
  ['40003', 'interrupted'],
  ['40P01', 'interrupted'],
  ['53', 'unavailable'],
  ['55P03', 'unavailable'],
  ['57P03', 'unavailable'],
  ['57', 'interrupted'],
  ['58', 'interrupted'],
];
/** What Node says of a server that cannot be reached, and of one that has gone. */
const NOT_REACHED = new Set(
  `ECONNREFUSED ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENOTFOUND EAI_AGAIN EAI_FAIL
   EADDRNOTAVAIL`.split(/\s+/),
);
const GONE = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE']);
/** The words of node-postgres, its pool and TypeORM, for which they have no codes. */
const NO_CONNECTION =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated due to connection timeout|Cannot use a pool after calling end|Driver not Connected)/;
const LOST_CONNECTION =
  /^(Connection terminated|Query read timeout|Client (was closed|has encountered a connection error))/;
/** TypeORM's: the connection was lost between two statements, or all are closed. */
const LOST_RUNNER = /^(QueryRunner(Provider)?AlreadyReleased|CannotExecuteNotConnected)Error$/;

/**
 * Whether a failure tells of the state of a server that we depend on. Nothing is wrong with the request,
 * nor with the export that it is about, and the same request may succeed a moment later (ST-12).
 */
export function isTransientFailure(error: unknown): boolean {
  return outageOf(error) !== undefined;
}

/** Undefined for a failure that is no outage. */
export function outageOf(error: unknown): Outage | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message, name, errors, cause } = error as Readonly<Record<string, unknown>>;
  const own = ofCode(code) ?? ofWords(message, name);
  if (own) return own;
  // Every address of a host was tried in vain; or an error is wrapped.
  if (!Array.isArray(errors)) return outageOf(cause);
  return errors.map(outageOf).find((outage) => outage !== undefined);
}

function ofCode(code: unknown): Outage | undefined {
  if (typeof code !== 'string') return undefined;
  if (NOT_REACHED.has(code)) return 'unavailable';
  if (GONE.has(code)) return 'interrupted';
  return SQLSTATE.test(code) ? STATES.find(([state]) => code.startsWith(state))?.[1] : undefined;
}

function ofWords(message: unknown, name: unknown): Outage | undefined {
  if (typeof message === 'string' && NO_CONNECTION.test(message)) return 'unavailable';
  const lost =
    (typeof message === 'string' && LOST_CONNECTION.test(message)) ||
    (typeof name === 'string' && LOST_RUNNER.test(name));
  return lost ? 'interrupted' : undefined;
}
