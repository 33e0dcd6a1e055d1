/** A JWKS URL did not give a usable key set. The message is for our log, never for the caller. */
export class JwksFetchError extends Error {
  readonly code = 'jwks-fetch';

  constructor(reason: string, options?: ErrorOptions) {
    super(`The JWKS URL ${reason}.`, options);
    this.name = 'JwksFetchError';
  }
}
