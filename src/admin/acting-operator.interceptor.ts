import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';

import { actingAs } from '../audit';
import type { OperatorRequest } from './operator-request';

/** Has the audit events of a request name the operator who is signed in. */
@Injectable()
export class ActingOperator implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { operator } = context.switchToHttp().getRequest<OperatorRequest>();
    if (!operator) return next.handle();
    return new Observable((subscriber) =>
      actingAs(operator.name, () => next.handle().subscribe(subscriber)),
    );
  }
}
