import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { AuditLog, RefusalLog } from '../../audit';
import { type Config, CONFIG } from '../../config';
import { AccessTokens } from '../access/access-tokens';
import type { App } from '../apps/app';
import { TOKEN_PATH } from '../paths';
import { describeScopes, formatScopes, grantScopes, ScopeError, type SystemScope } from '../scopes';
import { type AuthenticatedClient, ClientAuthenticator } from './client-authenticator';
import { OAuthError } from './oauth.error';
import type { TokenRequest } from './token-request';
import { UsedAssertions } from './used-assertions';

/** The answer of TK-01: all four members always. */
export interface TokenGrant {
  readonly access_token: string;
  readonly token_type: 'bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
}

/** SMART Backend Services: an access token for a client that proves who it is. */
@Injectable()
export class TokenService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly authenticator: ClientAuthenticator,
    private readonly usedAssertions: UsedAssertions,
    private readonly tokens: AccessTokens,
    private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
    private readonly refusals: RefusalLog,
  ) {}

  /**
   * Issues a token. Not idempotent: an assertion is good for one request (JW-09), whatever becomes of it.
   * What it is spent on is not done again when it is sent again.
   *
   * @param lifetime of the token, in seconds
   * @throws OAuthError for every refusal
   */
  async issue(
    request: TokenRequest,
    requestId: string | undefined,
    lifetime = this.config.auth.tokenLifetime,
  ): Promise<TokenGrant> {
    const client = await this.authenticator.authenticate(request.credential, [TOKEN_PATH]);
    try {
      const scopes = await this.spend(client, request.scope, requestId);
      if (scopes instanceof OAuthError) throw scopes;
      return {
        access_token: await this.tokens.sign(client.app.id, scopes, lifetime),
        token_type: 'bearer',
        expires_in: lifetime,
        scope: formatScopes(scopes),
      };
    } catch (error) {
      if (error instanceof OAuthError) await this.recordRefusal(client.app, error, requestId);
      throw error;
    }
  }

  /**
   * The assertion is spent, and what is released for it on record, both or neither.
   *
   * @returns what is granted, or why nothing is: the assertion is spent in either case
   * @throws OAuthError for an assertion that was spent before
   */
  private spend(
    { app, assertion }: AuthenticatedClient,
    scope: string,
    requestId: string | undefined,
  ): Promise<readonly SystemScope[] | OAuthError> {
    return this.dataSource.transaction(async (manager) => {
      await this.usedAssertions.spend(app.id, assertion, manager);
      const scopes = this.grant(scope, app);
      if (scopes instanceof OAuthError) return scopes;
      const detail = { scope: describeScopes(scopes) };
      await this.audit.record(
        { action: 'token.issued', outcome: 'success', appId: app.id, requestId, detail },
        manager,
      );
      return scopes;
    });
  }

  private grant(scope: string, app: App): readonly SystemScope[] | OAuthError {
    try {
      return grantScopes(scope, app.licence, { types: this.config.resourceTypes });
    } catch (error) {
      if (error instanceof ScopeError) return new OAuthError('invalid_scope', error.message);
      throw error;
    }
  }

  /** Only of clients that have authenticated: strangers must not be able to fill the audit log. */
  private async recordRefusal(
    app: App,
    error: OAuthError,
    requestId: string | undefined,
  ): Promise<void> {
    await this.refusals.record({
      action: 'token.refused',
      outcome: 'refused',
      appId: app.id,
      requestId,
      detail: { error: error.code, reason: error.reason },
    });
  }
}
