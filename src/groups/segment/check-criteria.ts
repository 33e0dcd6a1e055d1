import { Ajv, type ErrorObject } from 'ajv';

import { shown } from '@app/fhir';

import { InvalidCriteriaError } from '../groups.errors';
import { CRITERIA_SCHEMA, CRITERIA_SCHEMA_ID, CRITERION_NAMES } from './criteria-schema';

/** More is no segment that people can understand, and makes a statement that planning chokes on. */
const MAX_DEPTH = 10;
const MAX_CRITERIA = 100;

/** `verbose` for the part of the schema that failed: its description says what is accepted. */
const validate = new Ajv({ verbose: true, strict: false }).compile({
  ...{ $ref: CRITERIA_SCHEMA_ID },
  components: { schemas: { SegmentCriteria: CRITERIA_SCHEMA } },
});

/**
 * Checks that a value is criteria in form, its size first. Nothing is ignored: a name that is not
 * understood might have narrowed the segment.
 *
 * @throws InvalidCriteriaError naming the place, as `criteria.and[1].age.min`
 */
export function checkCriteria(value: unknown): void {
  checkSize(value, 'criteria', 1, { left: MAX_CRITERIA });
  if (validate(value)) return;
  const [error] = [...(validate.errors ?? [])].sort((one, other) => rank(one) - rank(other));
  if (error) throw fault(error);
}

function checkSize(value: unknown, path: string, depth: number, count: { left: number }): void {
  count.left -= 1;
  if (count.left < 0) {
    throw new InvalidCriteriaError(path, `is one too many: ${MAX_CRITERIA} are the limit`);
  }
  if (depth > MAX_DEPTH) {
    throw new InvalidCriteriaError(path, `is nested more than ${MAX_DEPTH} deep`);
  }
  if (!isObject(value)) return;
  for (const name of ['and', 'or']) {
    const list: unknown = value[name];
    if (!Array.isArray(list)) continue;
    list.forEach((entry: unknown, index) => {
      checkSize(entry, `${path}.${name}[${index}]`, depth + 1, count);
    });
  }
  if ('not' in value) checkSize(value['not'], `${path}.not`, depth + 1, count);
}

/** Of the ways in which a value may be written, the one that was meant has got further than its type. */
function rank({ keyword, data }: ErrorObject): number {
  if (keyword === 'oneOf') return 2;
  const isOtherType = keyword === 'type' || (keyword === 'enum' && typeof data !== 'string');
  return isOtherType ? 1 : 0;
}

function fault({ instancePath, keyword, params, parentSchema }: ErrorObject): InvalidCriteriaError {
  const path = `criteria${instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')}`;
  const schema = parentSchema as PartOfSchema;
  const known = Object.keys(schema.properties ?? {}).join(', ');
  switch (keyword) {
    case 'additionalProperties': {
      const { additionalProperty } = params as { readonly additionalProperty: string };
      const place = `${path}.${shown(additionalProperty)}`;
      return new InvalidCriteriaError(place, `is unknown; known here: ${known}`);
    }
    case 'required': {
      const { missingProperty } = params as { readonly missingProperty: string };
      return new InvalidCriteriaError(`${path}.${missingProperty}`, 'is missing');
    }
    case 'minItems':
      return new InvalidCriteriaError(path, 'must be a list with at least one entry');
    case 'maxItems':
      return new InvalidCriteriaError(path, `has ${String(schema.maxItems)} entries at most`);
    default:
      return new InvalidCriteriaError(path, schema.description ?? expected(schema, keyword, known));
  }
}

interface PartOfSchema {
  readonly type?: string;
  readonly properties?: object;
  readonly maxItems?: number;
  readonly description?: string;
}

function expected({ type }: PartOfSchema, keyword: string, known: string): string {
  if (keyword === 'minProperties' || keyword === 'maxProperties') {
    return `must have exactly one of ${CRITERION_NAMES.join(', ')}; join several with "and"`;
  }
  return type === 'array'
    ? 'must be a list with at least one entry'
    : `must be an object with ${known}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
