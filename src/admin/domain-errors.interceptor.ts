import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';

import type { IssueCode } from '@app/fhir';

import { AppExistsError, AppNotFoundError, InvalidAppError } from '../auth';
import { FhirError } from '../common';
import {
  GroupExistsError,
  GroupNotFoundError,
  InvalidCriteriaError,
  InvalidGroupInputError,
  UnknownPatientsError,
  WrongGroupSourceError,
} from '../groups';

/** Gives the errors of apps and groups the status that an operator's client can act on. */
@Injectable()
export class DomainErrors implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw toFhirError(error);
      }),
    );
  }
}

function toFhirError(error: unknown): unknown {
  if (error instanceof InvalidAppError) {
    return told(error.faults.join(' '), 400, 'value', error.fields);
  }
  if (error instanceof InvalidCriteriaError) return told(error.message, 400, 'value', [error.path]);
  if (error instanceof InvalidGroupInputError) return told(error.message, 400, 'value');
  if (error instanceof UnknownPatientsError) {
    return told(error.message, 422, 'not-found', ['patients']);
  }
  if (error instanceof AppNotFoundError || error instanceof GroupNotFoundError) {
    return told(error.message, 404, 'not-found');
  }
  if (
    error instanceof AppExistsError ||
    error instanceof GroupExistsError ||
    error instanceof WrongGroupSourceError
  ) {
    return told(error.message, 409, 'conflict');
  }
  return error;
}

function told(
  message: string,
  status: number,
  code: IssueCode,
  expression?: readonly string[],
): FhirError {
  return new FhirError(message, { status, code, expression });
}
