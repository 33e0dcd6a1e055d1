import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';

import { shown } from '@app/fhir';

import { FhirError } from '../common';
import { requireWithinLimits } from './body-limits';

/** Checks a body against its class, all faults at once, and refuses members that it does not know. */
export function checkedBody(): ValidationPipe {
  return new LimitedPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => {
      const faults = errors.flatMap((error) => faultsOf(error, ''));
      return new FhirError(faults.map(({ words }) => words).join(' '), {
        status: 400,
        code: 'value',
        expression: [...new Set(faults.map(({ field }) => field))],
      });
    },
  });
}

/** What is too large is refused before each of its members is turned into an object and judged. */
@Injectable()
class LimitedPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    requireWithinLimits(value);
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

interface Fault {
  readonly field: string;
  readonly words: string;
}

function faultsOf(error: ValidationError, parent: string): readonly Fault[] {
  const index = /^\d+$/.test(error.property);
  const name = index ? `[${error.property}]` : `${parent === '' ? '' : '.'}${error.property}`;
  const field = shown(`${parent}${name}`, 200);
  const own = Object.values(error.constraints ?? {}).map((text) => ({
    field,
    words: `${field}: ${shown(text, 300)}.`,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, field))];
}
