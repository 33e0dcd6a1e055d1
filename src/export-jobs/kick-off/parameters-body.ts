import { exportParameter, quoted } from '@app/fhir';

import { FhirError, invalidParameter, isFhirWideParameter, REQUEST_LIMITS } from '../../common';
import type { NamedValue } from './query-string';

type ReadValue = (value: unknown) => string | undefined;

const text: ReadValue = (value) => (typeof value === 'string' ? value : undefined);
const boolean: ReadValue = (value) => (typeof value === 'boolean' ? String(value) : undefined);

/** Where `includeAssociatedData` has its codes: as printed (PR-66), and where they are to move. */
const ASSOCIATED_DATA_SYSTEMS = [
  'http://hl7.org/fhir/uv/bulkdata/CodeSystem/include-associated-data',
  'http://terminology.hl7.org/CodeSystem/include-associated-data',
];

/** How a value of each type is read. */
const READERS: ReadonlyMap<string, ReadValue> = new Map([
  ['valueString', text],
  ['valueCode', text],
  ['valueInstant', text],
  ['valueDateTime', text],
  ['valueBoolean', boolean],
  ['valueReference', patientReference],
  ['valueCoding', associatedDataCode],
]);

/**
 * Reads a FHIR Parameters body into names and values. What it holds besides may change what is meant:
 * it is not passed over.
 *
 * @throws FhirError 400 when it is something else, or a known parameter has a value of a wrong type
 */
export function parseParametersBody(body: unknown): readonly NamedValue[] {
  if (!isObject(body) || body['resourceType'] !== 'Parameters') throw notParameters();
  requireOnly(body, ['resourceType', 'id', 'meta', 'language', 'text', 'parameter'], 'Parameters');
  const { parameter = [] } = body;
  if (!Array.isArray(parameter)) throw notParameters();
  if (parameter.length > REQUEST_LIMITS.parameters) throw tooMany();
  return parameter.map(parseParameter);
}

function parseParameter(entry: unknown): NamedValue {
  if (!isObject(entry) || typeof entry['name'] !== 'string') throw notParameters();
  const { name } = entry;
  const parameter = exportParameter(name);
  // Others are judged where all parameters are, with the list of what is supported.
  if (!parameter || isFhirWideParameter(name)) return [name, ''];
  const [type = '', ...others] = Object.keys(entry).filter((key) => key !== 'name' && key !== 'id');
  const read = parameter.valueTypes.includes(type) ? READERS.get(type) : undefined;
  const value = read?.(entry[type]);
  if (value !== undefined && others.length === 0) return [name, value];
  const accepted = parameter.valueTypes.join(' or ');
  throw invalidParameter(
    name,
    `${name} must have exactly one value, in ${accepted}, and nothing else.`,
  );
}

/** A Reference that names its target and no other type; what it says besides is for readers. */
function patientReference(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { reference, type = 'Patient' } = value;
  requireOnly(value, ['id', 'reference', 'type', 'display', 'identifier'], 'patient');
  return type === 'Patient' ? text(reference) : undefined;
}

/** As 4.0 has it. */
function associatedDataCode(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { system = ASSOCIATED_DATA_SYSTEMS[0], code } = value;
  requireOnly(
    value,
    ['id', 'system', 'version', 'code', 'display', 'userSelected'],
    'includeAssociatedData',
  );
  return ASSOCIATED_DATA_SYSTEMS.some((known) => known === system) ? text(code) : undefined;
}

function requireOnly(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
): void {
  const strange = Object.keys(object).filter((key) => !known.includes(key));
  if (strange.length === 0) return;
  throw new FhirError(
    `${where} in the body has ${strange.slice(0, 10).map(quoted).join(', ')}, which is not supported. Understood are ${known.join(', ')}.`,
    { status: 400, code: 'structure', expression: [where] },
  );
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

function tooMany(): FhirError {
  return new FhirError(`parameter may have ${REQUEST_LIMITS.parameters} entries at most.`, {
    status: 400,
    code: 'too-long',
    expression: ['Parameters.parameter'],
  });
}
