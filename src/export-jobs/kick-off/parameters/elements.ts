import { quoted, type ResourceType, rootElements } from '@app/fhir';

import { type FhirError, invalidParameter } from '../../../common';
import type { ByType } from '../../persistence/job-parameters';
import type { KickOffParameters } from './kick-off-parameters';
import type { LenientHandling } from './lenient-handling';

/** One of the things that `_elements` lists. */
export interface ElementItem {
  /** Undefined: for every type (PR-42). */
  readonly type: ResourceType | undefined;
  /** Undefined for an item that was ignored: it adds nothing, and still trims the types it is about. */
  readonly name: string | undefined;
}

/** `Type.element` or `element`, of the root alone (PR-41). Undefined when `_elements` was left out. */
export function readElements(
  given: KickOffParameters,
  lenience: LenientHandling,
  offered: readonly ResourceType[],
): readonly ElementItem[] | undefined {
  if (given.of('_elements').length === 0) return undefined;
  return given.listOf('_elements').map((item) => readItem(item, lenience, offered));
}

/**
 * The elements asked for of each type. An item without a type is about all types, so that it trims
 * also those that do not have the element; if all items name types, the other types stay whole (PR-47).
 */
export function elementsByType(
  items: readonly ElementItem[],
  types: readonly ResourceType[],
): ByType<readonly string[]> {
  return Object.fromEntries(
    types.flatMap((type) => {
      const own = items.filter((item) => item.type === undefined || item.type === type);
      if (own.length === 0) return [];
      const names = own.flatMap(({ name }) => name ?? []).filter((name) => has(type, name));
      return [[type, [...new Set(names)]]];
    }),
  );
}

function readItem(
  item: string,
  lenience: LenientHandling,
  offered: readonly ResourceType[],
): ElementItem {
  const [first = '', ...path] = item.replace(/\[x\]$/, '').split('.');
  const prefixed = path.length > 0 && /^[A-Z]/.test(first);
  const type = prefixed ? offered.find((one) => one === first) : undefined;
  const [name = '', ...deeper] = prefixed ? path : [first, ...path];
  const fault = faultOf({ item, type, name, nested: deeper.length > 0, prefixed }, offered);
  if (fault === undefined) return { type, name };
  lenience.refuseOrIgnore(fault);
  return { type, name: undefined };
}

function faultOf(
  { item, type, name, nested, prefixed }: ParsedItem,
  offered: readonly ResourceType[],
): FhirError | undefined {
  if (prefixed && type === undefined) {
    return refusal(`names ${quoted(item)}, whose type cannot be exported`);
  }
  if (nested) {
    return refusal(
      `names ${quoted(item)}, which lies below the root, and only elements at the root can be chosen`,
    );
  }
  const types = type === undefined ? offered : [type];
  if (types.some((one) => has(one, name))) return undefined;
  return refusal(
    `names ${quoted(item)}, which is no root element of ${type ?? 'any exportable type'}`,
  );
}

interface ParsedItem {
  /** As it was given. */
  readonly item: string;
  readonly type: ResourceType | undefined;
  readonly name: string;
  readonly nested: boolean;
  readonly prefixed: boolean;
}

function has(type: ResourceType, name: string): boolean {
  return rootElements(type).some((element) => element.name === name);
}

function refusal(fault: string): FhirError {
  return invalidParameter(
    '_elements',
    `_elements ${fault}. Accepted, separated by commas, are R4 elements with or without their type, such as id, Patient.birthDate or Observation.value (for valueQuantity and the like).`,
    'not-supported',
  );
}
