import { Inject, Injectable, Logger } from '@nestjs/common';
import type { JWK } from 'jose';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { App } from '../apps/app';
import { AppRegistry } from '../apps/app-registry';
import { ClientKeys } from '../client-keys/client-keys';
import { JwksFetchError } from '../client-keys/client-keys.errors';
import type { KeySource } from '../client-keys/key-source';
import {
  type AssertionRules,
  type ClaimedAssertion,
  readAssertion,
  type VerifiedAssertion,
  verifyAssertion,
} from './assertion';
import type { ClientCredential } from './client-credential';
import { invalidClient, OAuthError, unproven } from './oauth.error';

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
   * @param endpoints paths below the base whose URLs the assertion may name as its audience
   * @throws OAuthError invalid_client; unauthorized_client for an app that is no System app
   */
  async authenticate(
    credential: ClientCredential,
    endpoints: readonly string[],
  ): Promise<AuthenticatedClient> {
    const claimed = readAssertion(credential.assertion);
    if (credential.clientId !== undefined && credential.clientId !== claimed.clientId) {
      throw invalidClient('client-id', 'client_id must be the iss of the client assertion.');
    }
    const app = await this.apps.find(claimed.clientId);
    if (!app) throw unproven('unknown-client', claimed.jku);
    if (app.disabledAt) throw unproven('disabled', claimed.jku);
    if (!app.keys) throw unproven('no-keys', claimed.jku);
    const key = await this.keyOf(app.keys, claimed);
    const assertion = await verifyAssertion(claimed, key, this.rules(endpoints));
    // Only now: who has not proven to be the client must not learn of what type it is.
    if (app.type !== 'system') throw notASystemApp(app);
    return { app, assertion };
  }

  private rules(endpoints: readonly string[]): AssertionRules {
    const { auth, http } = this.config;
    return {
      now: Math.floor(this.clock.now().getTime() / 1000),
      skew: auth.clockSkew,
      audiences: [...endpoints.map((path) => `${http.fhirBase}/${path}`), ...auth.audiences],
    };
  }

  private async keyOf(source: KeySource, claimed: ClaimedAssertion): Promise<JWK> {
    const { jku } = claimed;
    const registered = source.kind === 'url' ? source.url : undefined;
    if (jku !== undefined && jku !== registered) throw unproven('jku', jku);
    try {
      const key = await this.keys.find(source, claimed);
      if (key) return key;
    } catch (error) {
      if (!(error instanceof JwksFetchError)) throw error;
      this.logger.warn({ appId: claimed.clientId, reason: error.message }, 'JWKS not fetched');
      throw unproven('jwks-fetch', jku, { cause: error });
    }
    throw unproven('key', jku);
  }
}

function notASystemApp({ type }: App): OAuthError {
  return new OAuthError(
    'unauthorized_client',
    `This client is registered as a ${type} app, and only System apps may ask for a token here. Have its operator register a System app with a JWKS, and use that app's client id.`,
    { reason: 'app-type' },
  );
}
