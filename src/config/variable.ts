import { makeValidator, type ValidatorSpec } from 'envalid';

import { isHttpUrl, parseDuration, parsePositive } from './values';

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
/** A URL of one of these schemes. */
export const connection = (
  ...protocols: readonly string[]
): ReturnType<typeof makeValidator<string>> =>
  makeValidator<string>((input) => {
    if (!protocols.some((protocol) => input.startsWith(`${protocol}://`))) {
      throw new Error(`must start with ${protocols.join(':// or ')}://`);
    }
    if (!isDecodable(input)) {
      throw new Error(
        'must be a URL: write special characters of its password as @ = %40, # = %23, / = %2F, % = %25',
      );
    }
    return input;
  });
export const postgresUrl = connection('postgres', 'postgresql');
export const positive = makeValidator(parsePositive);
export const seconds = makeValidator<number>(parseDuration);

function checkedUrl(input: string): string {
  if (!isHttpUrl(input)) throw new Error('must be an absolute http or https URL');
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
