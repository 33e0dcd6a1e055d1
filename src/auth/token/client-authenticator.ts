import { Inject, Injectable, Logger } from '@nestjs/common';
import type { JWK } from 'jose';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { App } from '../apps/app';
import { AppRegistry } from '../apps/app-registry';
import { ClientKeys } from '../client-keys/client-keys';
import { JwksFetchError } from '../client-keys/client-keys.errors';
import type { KeySource } from '../client-keys/key-source';
import { SMART } from '../smart';
import {
  type ClaimedAssertion,
  readAssertion,
  type VerifiedAssertion,
  verifyAssertion,
} from './assertion';
import { invalidClient, OAuthError } from './oauth.error';
import type { TokenRequest } from './token-request';

export interface AuthenticatedClient {
  readonly app: App;
  readonly assertion: VerifiedAssertion;
}

/** Finds out which app makes a token request (RFC 7523 §3, JW-05 to JW-18). */
@Injectable()
export class ClientAuthenticator {
  private readonly logger = new Logger(ClientAuthenticator.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly apps: AppRegistry,
    private readonly keys: ClientKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * In the order of JW-16: form of the assertion, client, key, signature, claims. The caller records
   * the `jti` when nothing else speaks against the request.
   *
   * @throws OAuthError invalid_client; unauthorized_client for an app that is no System app
   */
  async authenticate(request: TokenRequest): Promise<AuthenticatedClient> {
    const claimed = readAssertion(request.assertion);
    if (request.clientId !== undefined && request.clientId !== claimed.clientId) {
      throw invalidClient('client-id', 'client_id must be the iss of the client assertion.');
    }
    const app = await this.apps.find(claimed.clientId);
    if (!app) throw invalidClient('unknown-client');
    if (app.disabledAt) throw invalidClient('disabled');
    if (app.type !== 'system' || !app.keys) throw notASystemApp(app);
    const key = await this.keyOf(app.keys, claimed);
    const assertion = await verifyAssertion(claimed, key, {
      now: Math.floor(this.clock.now().getTime() / 1000),
      skew: this.config.auth.clockSkew,
      audience: `${this.config.http.fhirBase}/${SMART.tokenPath}`,
    });
    return { app, assertion };
  }

  private async keyOf(source: KeySource, claimed: ClaimedAssertion): Promise<JWK> {
    const registered = source.kind === 'url' ? source.url : undefined;
    if (claimed.jku !== undefined && claimed.jku !== registered) throw invalidClient('jku');
    try {
      const key = await this.keys.find(source, claimed);
      if (key) return key;
    } catch (error) {
      if (!(error instanceof JwksFetchError)) throw error;
      this.logger.warn({ appId: claimed.clientId, reason: error.message }, 'JWKS not fetched');
      throw invalidClient('jwks-fetch', undefined, error);
    }
    throw invalidClient('key');
  }
}

function notASystemApp({ type }: App): OAuthError {
  return new OAuthError(
    'unauthorized_client',
    `This client is registered as a ${type} app, and only System apps may ask for a token here. Have its operator register a System app with a JWKS, and use that app's client id.`,
    { reason: 'app-type' },
  );
}
