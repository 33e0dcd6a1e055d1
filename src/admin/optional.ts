import { ValidateIf } from 'class-validator';

/** May be left out. Unlike IsOptional, null is not let through: it is no value of ours. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_body, value) => value !== undefined);
}
