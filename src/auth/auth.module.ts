import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AccessTokenStrategy } from './access/access-token.strategy';
import { AccessTokens } from './access/access-tokens';
import { AppPrincipals } from './access/app-principals';
import { JwksController } from './access/jwks.controller';
import { TokenChecks } from './access/token-checks';
import { TrustedKeys } from './access/trusted-keys';
import { TrustedTokenStrategy } from './access/trusted-token.strategy';
import { AppRegistry } from './apps/app-registry';
import { AppRow } from './apps/app.entity';
import { ClientKeys } from './client-keys/client-keys';
import { RemoteJwks } from './client-keys/remote-jwks';
import { IntrospectionController } from './introspection/introspection.controller';
import { IntrospectionService } from './introspection/introspection.service';
import { OperatorCredential } from './operators/operator-credential';
import { ClientAuthenticator } from './token/client-authenticator';
import { TokenController } from './token/token.controller';
import { TokenService } from './token/token.service';
import { UsedAssertions } from './token/used-assertions';

/** System apps: who they are, what they may export, and the tokens that prove it. */
@Module({
  imports: [AuditModule, TypeOrmModule.forFeature([AppRow])],
  controllers: [TokenController, IntrospectionController, JwksController],
  providers: [
    AccessTokens,
    AccessTokenStrategy,
    AppPrincipals,
    AppRegistry,
    ClientAuthenticator,
    ClientKeys,
    IntrospectionService,
    OperatorCredential,
    RemoteJwks,
    TokenChecks,
    TokenService,
    TrustedKeys,
    TrustedTokenStrategy,
    UsedAssertions,
  ],
  // BearerGuard is made by the module that uses it and needs the strategies there.
  exports: [AccessTokenStrategy, AppRegistry, OperatorCredential, TrustedTokenStrategy],
})
export class AuthModule {}
