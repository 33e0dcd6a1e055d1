import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { decodeJwt } from 'jose';
import { DataSource } from 'typeorm';

import { FhirError } from '../../common';
import type { AppPrincipal } from '../access/app-principal';
import { TokenChecks } from '../access/token-checks';
import { OperatorCredential } from '../operators/operator-credential';
import { INTROSPECTION_PATH, TOKEN_PATH } from '../paths';
import { formatScopes } from '../scopes';
import { ClientAuthenticator } from '../token/client-authenticator';
import type { ClientCredential } from '../token/client-credential';
import { invalidClient } from '../token/oauth.error';
import { UsedAssertions } from '../token/used-assertions';
import type { IntrospectionRequest } from './introspection-request';

/** RFC 7662 §2.2: nothing more is said of a token that is good for nothing. */
export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly scope: string;
      readonly client_id: string;
      readonly token_type: 'bearer';
      readonly [claim: string]: unknown;
    };

const INACTIVE: Introspection = { active: false };
const CLAIMS = ['exp', 'iat', 'nbf', 'sub', 'aud', 'iss', 'jti'] as const;

/** Says what a token is good for: what the guard of the FHIR routes would say now (TK-07). */
@Injectable()
export class IntrospectionService {
  constructor(
    private readonly operators: OperatorCredential,
    private readonly authenticator: ClientAuthenticator,
    private readonly usedAssertions: UsedAssertions,
    private readonly tokens: TokenChecks,
    private readonly dataSource: DataSource,
  ) {}

  /**
   * A client is told of its own tokens alone; those of others are inactive to it, like things that
   * never were. Operators are told of all. An assertion is good for one question (JW-09).
   *
   * @throws OAuthError invalid_client, unauthorized_client; FhirError 429 for guesses
   */
  async introspect(
    { asker, token }: IntrospectionRequest,
    request: Pick<Request, 'socket'>,
  ): Promise<Introspection> {
    const isOperator = 'operatorToken' in asker;
    if (isOperator) this.requireOperator(asker.operatorToken, request);
    const clientId = isOperator ? undefined : await this.client(asker);
    const holder = await this.holderOf(token);
    if (!holder || !(isOperator || clientId === holder.appId)) return INACTIVE;
    return describe(token, holder);
  }

  /** @throws FhirError 429 for too many wrong ones */
  private requireOperator(given: string, request: Pick<Request, 'socket'>): void {
    if (this.operators.isRight(given, request)) return;
    throw invalidClient('operator', 'This is not the credential of the operators.', {
      headers: { 'WWW-Authenticate': 'Bearer realm="operators"' },
    });
  }

  private async client(credential: ClientCredential): Promise<string> {
    const endpoints = [INTROSPECTION_PATH, TOKEN_PATH];
    const { app, assertion } = await this.authenticator.authenticate(credential, endpoints);
    await this.dataSource.transaction((manager) =>
      this.usedAssertions.spend(app.id, assertion, manager),
    );
    return app.id;
  }

  private async holderOf(token: string): Promise<AppPrincipal | undefined> {
    try {
      return await this.tokens.check(token);
    } catch (error) {
      if (error instanceof FhirError) return undefined;
      throw error;
    }
  }
}

function describe(token: string, { appId, scopes }: AppPrincipal): Introspection {
  const claims = decodeJwt(token);
  const given = CLAIMS.filter((name) => claims[name] !== undefined);
  return {
    active: true,
    scope: formatScopes(scopes),
    client_id: appId,
    token_type: 'bearer',
    ...Object.fromEntries(given.map((name) => [name, claims[name]])),
  };
}
