export {
  type AppPrincipal,
  covers,
  exportableTypes,
  mayKeepGroups,
  mayUseGroup,
  mayWrite,
  type OwnedGroup,
} from './access/app-principal';
export { adviceOn, adviceOnEither } from './access/missing-types';
export { BearerGuard } from './access/bearer.guard';
export { Certificates } from './access/certificates';
export { CurrentApp } from './access/current-app';
export { requireFeed } from './access/require-feed';
export {
  APP_TYPES,
  type App,
  type AppLimits,
  type AppType,
  type Licence,
  type OwnGroupsLicence,
  type WriteLicence,
} from './apps/app';
export { AppRegistry } from './apps/app-registry';
export { AppsModule } from './apps/apps.module';
export { AppExistsError, AppNotFoundError, InvalidAppError } from './apps/apps.errors';
export { appNotes } from './apps/app-notes';
export type { LicenceChange, Registration } from './apps/registration';
export { AuthModule } from './auth.module';
export type { KeySource } from './client-keys/key-source';
export { OperatorCredential } from './operators/operator-credential';
export { type OperatorSession, OperatorSessions } from './operators/operator-sessions';
export { type ScopeSyntax, supportedScopes, type SystemScope } from './scopes';
export { SMART, tokenEndpointOf } from './smart';
export type { WriteLetter } from './write-scopes';
export { oauthForm } from './token/oauth-form';
