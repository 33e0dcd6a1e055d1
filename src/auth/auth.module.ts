import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AccessTokenStrategy } from './access/access-token.strategy';
import { AccessTokens } from './access/access-tokens';
import { AppPrincipals } from './access/app-principals';
import { Certificates } from './access/certificates';
import { JwksController } from './access/jwks.controller';
import { TokenChecks } from './access/token-checks';
import { TrustedKeys } from './access/trusted-keys';
import { TrustedTokenStrategy } from './access/trusted-token.strategy';
import { AppsModule } from './apps/apps.module';
import { ClientKeys } from './client-keys/client-keys';
import { RemoteJwks } from './client-keys/remote-jwks';
import { IntrospectionController } from './introspection/introspection.controller';
import { IntrospectionService } from './introspection/introspection.service';
import { OperatorCredential } from './operators/operator-credential';
import { OperatorSessionRow } from './operators/operator-session.entity';
import { OperatorSessions } from './operators/operator-sessions';
import { ClientAuthenticator } from './token/client-authenticator';
import { TokenController } from './token/token.controller';
import { TokenService } from './token/token.service';
import { UsedAssertions } from './token/used-assertions';

/** System apps: who they are, what they may export, and the tokens that prove it. */
@Module({
  imports: [AppsModule, AuditModule, TypeOrmModule.forFeature([OperatorSessionRow])],
  controllers: [TokenController, IntrospectionController, JwksController],
  providers: [
    AccessTokens,
    AccessTokenStrategy,
    AppPrincipals,
    Certificates,
    ClientAuthenticator,
    ClientKeys,
    IntrospectionService,
    OperatorCredential,
    OperatorSessions,
    RemoteJwks,
    TokenChecks,
    TokenService,
    TrustedKeys,
    TrustedTokenStrategy,
    UsedAssertions,
  ],
  // BearerGuard is made by the module that uses it and needs the strategies there.
  exports: [
    AccessTokenStrategy,
    AppsModule,
    Certificates,
    OperatorCredential,
    OperatorSessions,
    TrustedTokenStrategy,
  ],
})
export class AuthModule {}
