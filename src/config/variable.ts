import { makeValidator, type ValidatorSpec } from 'envalid';

import { isHttpUrl, parseWhole } from './values';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** A variable of the environment: envalid's specification, and whether its value is a secret. */
export interface Variable<T> {
  readonly spec: ValidatorSpec<T>;
  readonly secret: boolean;
}

export const plain = <T>(spec: ValidatorSpec<T>): Variable<T> => ({ spec, secret: false });
export const secret = <T>(spec: ValidatorSpec<T>): Variable<T> => ({ spec, secret: true });

/** To be continued by a path: without a trailing slash. */
export const url = makeValidator<string>((input) => checkedUrl(input).replace(/\/+$/, ''));
/** Compared or used as it stands. */
export const exactUrl = makeValidator<string>(checkedUrl);
export const urls = makeValidator<readonly string[]>((input) =>
  input.split(',').map((text) => checkedUrl(text.trim())),
);
export const postgresUrl = connection(['postgres', 'postgresql'], ({ searchParams }) =>
  SSL_MODES.includes(searchParams.get('sslmode') ?? 'disable')
    ? undefined
    : `must have one of ${SSL_MODES.join(', ')} as its sslmode`,
);
export const redisUrl = connection(['redis', 'rediss'], ({ pathname }) =>
  /^\/?\d*$/.test(pathname) ? undefined : 'must end with the number of a database, such as /0',
);

export const sourceUrl = connection(
  ['postgres', 'postgresql', 'mysql', 'mariadb', 'mssql', 'oracle'],
  () => undefined,
);

/** @param faultOf what is wrong with a URL of one of these schemes */
function connection(
  protocols: readonly string[],
  faultOf: (url: URL) => string | undefined,
): ReturnType<typeof makeValidator<string>> {
  return makeValidator<string>((input) => {
    if (!protocols.some((protocol) => input.startsWith(`${protocol}://`))) {
      throw new Error(`must start with ${protocols.join(':// or ')}://`);
    }
    if (/^[^/]*\/\/(?:[^/]*@)?[^/?#@]*,/.test(input)) {
      throw new Error(
        'must name one host and port: give an address that follows the primary, where there are several',
      );
    }
    if (!isDecodable(input)) {
      throw new Error(
        'must be a URL: write special characters of its password as @ = %40, # = %23, / = %2F, % = %25',
      );
    }
    const fault = faultOf(new URL(input));
    if (fault !== undefined) throw new Error(fault);
    return input;
  });
}
/** Timers of Node and of PostgreSQL count milliseconds in 32 bits; longer ones end at once. */
const LONGEST_TIMER_SECONDS = 2_147_483;

export const positive = makeValidator<number>((input) => parseWhole(input, 1));
/** How long something is waited for, or not at all. */
export const seconds = makeValidator<number>((input) =>
  parseWhole(input, 0, LONGEST_TIMER_SECONDS),
);
/** How long something may take. */
export const timeout = makeValidator<number>((input) =>
  parseWhole(input, 1, LONGEST_TIMER_SECONDS),
);

function checkedUrl(input: string): string {
  if (!isHttpUrl(input)) {
    throw new Error('must be an absolute http or https URL without credentials, query or fragment');
  }
  return input;
}

/** Drivers decode the user and the password of a URL. */
function isDecodable(input: string): boolean {
  try {
    const { username, password } = new URL(input);
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}
