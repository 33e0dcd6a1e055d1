import { Injectable } from '@nestjs/common';

import { forbidden, TurnReading } from '../../common';
import type { App } from '../apps/app';
import { AppRegistry } from '../apps/app-registry';
import { allowance, licensedScopes, parseGranted, ScopeError, type SystemScope } from '../scopes';
import { appDisabled, notASystemApp } from './access.errors';
import type { AppPrincipal } from './app-principal';

/** Who a token speaks for: the app as it is now, whoever has issued the token. */
@Injectable()
export class AppPrincipals {
  private readonly found: TurnReading<App | undefined>;

  constructor(apps: AppRegistry) {
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
    const scopes = licensedScopes(readGranted(scope), app.licence);
    return {
      appId: app.id,
      appName: app.name,
      scopes,
      licence: app.licence,
      ...allowance(scopes, app.licence),
    };
  }
}

function readGranted(scope: string): readonly SystemScope[] {
  try {
    return parseGranted(scope);
  } catch (error) {
    if (error instanceof ScopeError) throw forbidden(error.message, ['scope']);
    throw error;
  }
}
