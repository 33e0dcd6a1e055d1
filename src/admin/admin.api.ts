import { applyDecorators, type Type, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiTags } from '@nestjs/swagger';

import { ApiOutcomes, OPERATOR_SCHEME } from '../common';
import { ActingOperator } from './acting-operator.interceptor';
import { AdminGuard } from './admin.guard';
import { checkedBody } from './checked-body';
import { DomainErrors } from './domain-errors.interceptor';

/** What all controllers of operators have in common. */
export function OperatorController(tag: string): ClassDecorator {
  return applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(OPERATOR_SCHEME),
    ApiOutcomes({
      401: 'The operators’ token is missing or wrong.',
      429: 'Too many wrong tokens came in; Retry-After says when to ask again.',
      404: 'There is no such thing, or the API is switched off (ADMIN_TOKEN).',
    }),
    UseGuards(AdminGuard),
    UseInterceptors(ActingOperator, DomainErrors),
    UsePipes(checkedBody()),
  );
}

/** The body of a request, with one that is good as it stands: not everything at once that may be in it. */
export function ApiExampleBody<T extends object>(type: Type<T>, value: T): MethodDecorator {
  return ApiBody({ type, examples: { example: { value } } });
}
