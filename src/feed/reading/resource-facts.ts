import { compartmentPaths, isLinkableType, type LocalReference } from '@app/fhir';

import { readUnresolved, type Unresolved } from '../staging/unresolved-references';
import { type JsonObject, valuesAt } from './json-values';
import type { KnownBases } from './known-bases';
import { ReferenceReader } from './reference-reader';

/** What the store keeps about a resource besides its text. References are spelled `Type/id`. */
export interface ResourceFacts {
  /** The patients whose compartment the resource is in; the first is the one it is about. */
  readonly patients: readonly string[];
  /** What travels with it: targets in nobody's compartment. */
  readonly links: readonly string[];
  /** What a Provenance is about. */
  readonly targets: readonly string[];
  /** How it names patients that are not among them. */
  readonly unresolved: readonly Unresolved[];
  /** True when some of this holds by a base that is not the service's own. */
  readonly hasFollowedBase: boolean;
}

const pathCache = new Map<string, readonly (readonly string[])[]>();

/** Reads the facts; `bases` are the URLs under which an absolute reference is one of ours. */
export function readFacts(
  resource: JsonObject,
  key: LocalReference,
  bases: KnownBases,
): ResourceFacts {
  const reader = new ReferenceReader(bases);
  const namings = splitPaths(key.type).map((path) => valuesAt(resource, path));
  const isProvenance = key.type === 'Provenance';
  const named = isProvenance ? [] : readPatients(namings, reader);
  const patients = key.type === 'Patient' ? [key.id] : named;
  const hasLinks = patients.length > 0 || isLinkableType(key.type);
  const targets = isProvenance ? readTargets(namings, reader) : [];
  return {
    patients,
    links: hasLinks ? readLinks(resource, reader) : [],
    targets,
    unresolved: readUnresolved(resource, namings, {
      hasPatient: patients.length + targets.length > 0,
      isResolved: (reference) => reader.read(reference) !== undefined,
    }),
    hasFollowedBase: reader.hasFollowedBase,
  };
}

function readPatients(
  namings: readonly (readonly unknown[])[],
  reader: ReferenceReader,
): readonly string[] {
  const patients = new Set<string>();
  for (const reference of namings.flat().flatMap((element) => valuesAt(element, ['reference']))) {
    const target = readReference(reference, reader);
    if (target?.type === 'Patient') patients.add(target.id);
  }
  return [...patients];
}

function readTargets(
  namings: readonly (readonly unknown[])[],
  reader: ReferenceReader,
): readonly string[] {
  const targets = namings.flat().flatMap((element) =>
    valuesAt(element, ['reference']).flatMap((reference) => {
      const target = readReference(reference, reader);
      return target ? [spell(target)] : [];
    }),
  );
  return [...new Set(targets)];
}

function readLinks(resource: JsonObject, reader: ReferenceReader): readonly string[] {
  const links = new Set<string>();
  // An explicit stack: nesting that JSON.parse accepts may be deeper than the call stack.
  const open: unknown[] = [resource];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) {
      for (const element of node) if (typeof element === 'object') open.push(element);
      continue;
    }
    // for…in, because Object.entries would make two arrays of every object of every resource.
    for (const key in node as JsonObject) {
      const value = (node as JsonObject)[key];
      if (typeof value === 'object') open.push(value);
      else if (typeof value === 'string' && (key === 'reference' || key === 'url')) {
        const target = linkTarget(key, value, reader);
        if (target) links.add(spell(target));
      }
    }
  }
  return [...links];
}

function linkTarget(
  key: string,
  value: string,
  reader: ReferenceReader,
): LocalReference | undefined {
  // Most references are relative and to types that no link leads to: decided without parsing them.
  const slash = value.indexOf('/');
  if (slash < 0 || !isLinkableType(value.slice(0, slash))) return undefined;
  if (key === 'url' && !value.includes('Binary/')) return undefined;
  const target = reader.read(value);
  if (!target || !isLinkableType(target.type)) return undefined;
  return key === 'reference' || target.type === 'Binary' ? target : undefined;
}

function readReference(value: unknown, reader: ReferenceReader): LocalReference | undefined {
  return typeof value === 'string' ? reader.read(value) : undefined;
}

function spell({ type, id }: LocalReference): string {
  return `${type}/${id}`;
}

function splitPaths(type: string): readonly (readonly string[])[] {
  let paths = pathCache.get(type);
  if (!paths) {
    // Whose a Provenance is follows from what it is about.
    const named = type === 'Provenance' ? ['target'] : compartmentPaths(type);
    paths = named.map((path) => path.split('.'));
    pathCache.set(type, paths);
  }
  return paths;
}
