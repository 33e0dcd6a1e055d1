/** RFC 6749 §5.2: the codes that the token endpoint uses; for outages, that of §4.1.2.1. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable';

export interface OAuthErrorOptions extends ErrorOptions {
  /** What exactly went wrong, for the audit log; the client may be told less. */
  readonly reason?: string;
  /** When it is not the one of the code. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * RFC 9110 §11.6.1 wants a challenge in every 401. No scheme is registered for assertions, so this one has the name
 * of the method in OpenID Connect; browsers ask nobody for a password because of it.
 */
const CHALLENGE = { 'WWW-Authenticate': 'private_key_jwt realm="OAuth client"' } as const;

/** A refusal of the token endpoint (TK-05); the message becomes `error_description`. */
export class OAuthError extends Error {
  readonly reason: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: OAuthErrorCode,
    description: string,
    options: OAuthErrorOptions = {},
  ) {
    super(description, options);
    this.name = 'OAuthError';
    this.reason = options.reason ?? code;
    this.status = options.status ?? (code === 'invalid_client' ? 401 : 400);
    this.headers = { ...(this.status === 401 && CHALLENGE), ...options.headers };
  }
}

/** 400: the form is incomplete or is none. */
export function invalidRequest(description: string): OAuthError {
  return new OAuthError('invalid_request', description);
}

/**
 * 401: the client, its keys or its signature are not those that are registered. Whatever it is gets the same
 * words, so that nobody can probe for clients; what a `jku` adds depends on the assertion alone.
 */
export function unproven(
  reason: string,
  jku: string | undefined,
  options?: Omit<OAuthErrorOptions, 'reason'>,
): OAuthError {
  return invalidClient(reason, jku === undefined ? UNPROVEN : `${UNPROVEN} ${WITH_JKU}`, options);
}

/** 401: the caller has not shown that it is the client, for a reason that may be told. */
export function invalidClient(
  reason: string,
  description: string,
  options: Omit<OAuthErrorOptions, 'reason'> = {},
): OAuthError {
  return new OAuthError('invalid_client', description, { ...options, reason });
}

const UNPROVEN =
  'The client assertion could not be verified: the client must be registered as a System app and enabled, and the assertion signed with the one registered key that its kid and alg name.';

const WITH_JKU =
  'Its header jku must be the JWKS URL that is registered; leave it out where the keys themselves are registered.';
