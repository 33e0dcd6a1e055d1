import { FhirError, invalidParameter } from '../../common';
import type { NamedValue } from './query-string';

/** The value types in which each parameter may come (EN-02); others that say the same are tolerated (EN-09). */
const VALUE_TYPES: Readonly<Record<string, readonly string[]>> = {
  _outputFormat: ['valueString', 'valueCode'],
  _since: ['valueInstant', 'valueDateTime', 'valueString'],
  _type: ['valueString', 'valueCode'],
};

/**
 * Reads a FHIR Parameters body into names and values.
 *
 * @throws FhirError 400 when it is something else, or a known parameter has a value of a wrong type
 */
export function parseParametersBody(body: unknown): readonly NamedValue[] {
  if (!isObject(body) || body['resourceType'] !== 'Parameters') throw notParameters();
  const { parameter = [] } = body;
  if (!Array.isArray(parameter)) throw notParameters();
  return parameter.map(parseParameter);
}

function parseParameter(entry: unknown): NamedValue {
  if (!isObject(entry) || typeof entry['name'] !== 'string') throw notParameters();
  const { name } = entry;
  const types = VALUE_TYPES[name];
  // Unknown names are refused where all parameters are, with the list of what is supported.
  if (!types) return [name, ''];
  const [type, ...others] = Object.keys(entry).filter((key) => key !== 'name' && key !== 'id');
  const value = type === undefined ? undefined : entry[type];
  if (
    type === undefined ||
    others.length > 0 ||
    !types.includes(type) ||
    typeof value !== 'string'
  ) {
    throw invalidParameter(
      name,
      `${name} must have exactly one value, a string in ${types.join(' or ')}.`,
    );
  }
  return [name, value];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notParameters(): FhirError {
  return new FhirError(
    'The body must be a FHIR Parameters resource: {"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Patient"}]}.',
    { status: 400, code: 'structure', expression: ['Parameters'] },
  );
}
