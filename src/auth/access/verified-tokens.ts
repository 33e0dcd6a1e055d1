import { hash } from 'node:crypto';

/** Of all apps together; the oldest are forgotten first. */
const MOST = 10_000;

/** Claims of an access token; `exp` in seconds since 1970. */
export interface TokenClaims {
  readonly appId: string;
  readonly scope: string;
  readonly exp: number;
}

/**
 * Claims of tokens whose signature, issuer and audience were right. They stay so while the process has the
 * same keys, and checking them is most of the cost of a small request. What the app may do now is nothing
 * of this. Tokens are known by their digest alone.
 */
export class VerifiedTokens {
  private readonly claims = new Map<string, TokenClaims>();

  /** @returns undefined for a token that is not known, or has expired */
  of(token: string, now: Date): TokenClaims | undefined {
    const key = digestOf(token);
    const claims = this.claims.get(key);
    if (!claims || claims.exp * 1000 > now.getTime()) return claims;
    this.claims.delete(key);
    return undefined;
  }

  remember(token: string, claims: TokenClaims): void {
    const [oldest] = this.claims.size >= MOST ? this.claims.keys() : [];
    if (oldest !== undefined) this.claims.delete(oldest);
    this.claims.set(digestOf(token), claims);
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
