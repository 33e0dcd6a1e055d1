import { Inject, Injectable } from '@nestjs/common';

import { forbidden, TurnReading } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { App } from '../apps/app';
import { AppRegistry } from '../apps/app-registry';
import {
  allowance,
  licensedScopes,
  parseGranted,
  ScopeError,
  type ScopeTerms,
  type SystemScope,
} from '../scopes';
import { appDisabled, notASystemApp } from './access.errors';
import type { AppPrincipal } from './app-principal';

/** Who a token speaks for: the app as it is now, whoever has issued the token. */
@Injectable()
export class AppPrincipals {
  private readonly found: TurnReading<App | undefined>;

  constructor(
    apps: AppRegistry,
    @Inject(CONFIG) private readonly config: Pick<Config, 'resourceTypes'>,
  ) {
    this.found = new TurnReading((id) => apps.find(id));
  }

  /**
   * @param scope as in the token, separated by spaces
   * @throws FhirError 401 for an app that is unknown or disabled; 403 for one that is no System app, and
   *   for more searches than a token of ours could have
   */
  async of(appId: string, scope: string): Promise<AppPrincipal> {
    const app = await this.found.get(appId);
    if (!app || app.disabledAt) throw appDisabled();
    if (app.type !== 'system') throw notASystemApp(app.type);
    const terms = { types: this.config.resourceTypes };
    const scopes = licensedScopes(readGranted(scope, terms), app.licence);
    return {
      appId: app.id,
      appName: app.name,
      scopes,
      licence: app.licence,
      ...allowance(scopes, app.licence, terms),
    };
  }
}

function readGranted(scope: string, terms: ScopeTerms): readonly SystemScope[] {
  try {
    return parseGranted(scope, terms);
  } catch (error) {
    if (error instanceof ScopeError) throw forbidden(error.message, ['scope']);
    throw error;
  }
}
