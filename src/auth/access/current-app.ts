import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import type { AppPrincipal } from './app-principal';

/** The AppPrincipal of the request, on routes behind BearerGuard. */
export const CurrentApp = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { user } = context.switchToHttp().getRequest<{ readonly user?: AppPrincipal }>();
  if (!user) throw new Error('@CurrentApp() is used on a route without BearerGuard.');
  return user;
});
