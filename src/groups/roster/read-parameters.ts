import {
  fault,
  type Json,
  objectAt,
  type Place,
  readEntity,
  readIdentifier,
  readPeriod,
} from './read-entry';
import type { RosterEntry } from './roster-entry';

/** Told of by payers with a member (Da Vinci ATR), and without a meaning for who is in the group. */
const TOLD_ALONG = ['providerNpi', 'providerReference', 'coverageReference'];

/**
 * Reads the Parameters of $member-add and $member-remove: `memberId` (Identifier) and `patientReference` (Reference),
 * each as often as wanted, and an `attributionPeriod` of all of them.
 *
 * @throws FhirError 400 that names the parameter and what is accepted, never a value
 */
export function readMemberParameters(body: Json, fhirBase: string): readonly RosterEntry[] {
  if (body['resourceType'] !== 'Parameters') throw fault('resourceType', 'must be Parameters');
  const { parameter } = body;
  if (!Array.isArray(parameter)) throw fault('Parameters.parameter', 'must be a list');
  const given = parameter.map((one: unknown, index): Given => {
    const path = `Parameters.parameter[${index}]`;
    return { path, fhirBase, ...objectAt(one, path) };
  });
  const [period, second] = given.filter(({ name }) => name === 'attributionPeriod');
  if (second) throw fault(second.path, 'is a second attributionPeriod; there may be one');
  const terms = period ? readPeriod(period.valuePeriod, `${period.path}.valuePeriod`) : {};
  const entries = given.flatMap((one) => entriesOf(one));
  if (entries.length === 0)
    throw fault('Parameters.parameter', 'must have memberId or patientReference', 'required');
  return entries.map((entry) => ({ ...entry, ...terms }));
}

interface Given extends Place {
  readonly name?: unknown;
  readonly valueIdentifier?: unknown;
  readonly valueReference?: unknown;
  readonly valuePeriod?: unknown;
}

function entriesOf(given: Given): readonly RosterEntry[] {
  const { name, path, fhirBase } = given;
  if (name === 'memberId')
    return [readIdentifier(given.valueIdentifier, `${path}.valueIdentifier`)];
  if (name === 'patientReference') {
    return [readEntity(given.valueReference, { path: `${path}.valueReference`, fhirBase })];
  }
  if (name === 'attributionPeriod' || TOLD_ALONG.includes(String(name))) return [];
  throw fault(
    `${path}.name`,
    `must be memberId, patientReference, attributionPeriod, ${TOLD_ALONG.join(', ')}`,
    'not-supported',
  );
}
