import { isR4ResourceType } from '@app/fhir';

import { type JsonObject, valuesAt } from '../reading/json-values';
import { parseAbsolute } from '../reading/known-bases';

/** Why a reference to a patient leads nowhere. */
export type UnresolvedKind =
  | 'urn'
  | 'conditional'
  | 'absolute'
  | 'contained'
  | 'identifier'
  | 'display'
  | 'malformed';

/** A reference to a patient that leads nowhere in this store. */
export interface Unresolved {
  readonly kind: UnresolvedKind;
  /** Of an absolute reference to a Patient: the base that is not known. */
  readonly base: string;
}

interface Reading extends Unresolved {
  /** Undefined when the reference does not tell what it leads to. */
  readonly isPatient: boolean | undefined;
}

/** What is known of the resource beside its text. */
interface Resolved {
  /** True for what leads to some resource of this store, of whatever type. */
  readonly isResolved: (reference: string) => boolean;
  /** True when some patient was found. */
  readonly hasPatient: boolean;
}

const TYPE_BEFORE_QUESTION = /(?:^|\/)([A-Za-z]+)\?/;
const FIRST_SEGMENT = /^\/*([A-Za-z]+)\//;

/**
 * The references that name a patient and cannot be resolved, each kind once. What does not tell its
 * type counts where the resource says whom it is about, and anywhere when it names no patient at all.
 *
 * @param namings the References at each place that names patients; the first says whom it is about
 */
export function readUnresolved(
  resource: JsonObject,
  namings: readonly (readonly unknown[])[],
  { isResolved, hasPatient }: Resolved,
): readonly Unresolved[] {
  const found = new Map<string, Unresolved>();
  for (const [index, elements] of namings.entries()) {
    for (const element of elements) {
      const reading = readElement(element, resource, isResolved);
      if (!reading || reading.isPatient === false) continue;
      if (reading.isPatient === undefined && index > 0 && hasPatient) continue;
      const { kind, base } = reading;
      found.set(`${kind} ${base}`, { kind, base });
    }
  }
  return [...found.values()];
}

function readElement(
  element: unknown,
  resource: JsonObject,
  isResolved: (reference: string) => boolean,
): Reading | undefined {
  if (typeof element === 'string') return readText(element, resource);
  if (typeof element !== 'object' || element === null) return undefined;
  const { reference, identifier, display, type } = element as JsonObject;
  if (typeof reference === 'string') {
    if (isResolved(reference)) return undefined;
    const reading = readText(reference, resource);
    return { ...reading, isPatient: reading.isPatient ?? isPatientType(type) };
  }
  if (reference !== undefined) return none('malformed', isPatientType(type));
  if (identifier !== undefined) return none('identifier', isPatientType(type));
  return display === undefined ? undefined : none('display', isPatientType(type));
}

function readText(text: string, resource: JsonObject): Reading {
  if (text.startsWith('#')) return none('contained', isContainedPatient(resource, text.slice(1)));
  if (/^urn:/i.test(text)) return none('urn', undefined);
  const asked = TYPE_BEFORE_QUESTION.exec(text)?.[1];
  if (asked !== undefined) return none('conditional', isPatientType(asked));
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return readAbsolute(text);
  return none('malformed', isPatientType(FIRST_SEGMENT.exec(text)?.[1]));
}

function readAbsolute(text: string): Reading {
  const target = parseAbsolute(text);
  if (!target) return none('absolute', text.includes('/Patient/') ? true : undefined);
  const isPatient = target.type === 'Patient';
  return { kind: 'absolute', base: isPatient ? target.base : '', isPatient };
}

function isContainedPatient(resource: JsonObject, id: string): boolean | undefined {
  const target = valuesAt(resource, ['contained']).find((one) => valuesAt(one, ['id'])[0] === id);
  return isPatientType(valuesAt(target, ['resourceType'])[0]);
}

/** Undefined for what is no type of R4. */
function isPatientType(type: unknown): boolean | undefined {
  if (typeof type !== 'string') return undefined;
  if (type.toLowerCase() === 'patient') return true;
  return isR4ResourceType(type) ? false : undefined;
}

function none(kind: UnresolvedKind, isPatient: boolean | undefined): Reading {
  return { kind, base: '', isPatient };
}
