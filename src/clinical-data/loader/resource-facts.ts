import { compartmentPaths, isLinkableType, type LocalReference, parseReference } from '@app/fhir';

/** A JSON object as `JSON.parse` gives it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What the store keeps about a resource besides its text. References are spelled `Type/id`. */
export interface ResourceFacts {
  /** The patients whose compartment the resource is in; the first is the one it is about. */
  readonly patients: readonly string[];
  /** What travels with it: targets in nobody's compartment. */
  readonly links: readonly string[];
  /** What a Provenance is about. */
  readonly targets: readonly string[];
}

const pathCache = new Map<string, readonly (readonly string[])[]>();

/** Reads the facts; `bases` are the URLs under which an absolute reference is one of ours. */
export function readFacts(
  resource: JsonObject,
  key: LocalReference,
  bases: readonly string[],
): ResourceFacts {
  const patients = key.type === 'Patient' ? [key.id] : readPatients(resource, key.type, bases);
  const hasLinks = patients.length > 0 || isLinkableType(key.type);
  return {
    patients,
    links: hasLinks ? readLinks(resource, bases) : [],
    targets: key.type === 'Provenance' ? readTargets(resource, bases) : [],
  };
}

function readPatients(
  resource: JsonObject,
  type: string,
  bases: readonly string[],
): readonly string[] {
  const patients = new Set<string>();
  for (const path of splitPaths(type)) {
    for (const reference of valuesAt(resource, [...path, 'reference'])) {
      const target = readReference(reference, bases);
      if (target?.type === 'Patient') patients.add(target.id);
    }
  }
  return [...patients];
}

function readTargets(resource: JsonObject, bases: readonly string[]): readonly string[] {
  const targets = valuesAt(resource, ['target', 'reference']).flatMap((reference) => {
    const target = readReference(reference, bases);
    return target ? [spell(target)] : [];
  });
  return [...new Set(targets)];
}

function readLinks(resource: JsonObject, bases: readonly string[]): readonly string[] {
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
        const target = linkTarget(key, value, bases);
        if (target) links.add(spell(target));
      }
    }
  }
  return [...links];
}

function linkTarget(
  key: string,
  value: string,
  bases: readonly string[],
): LocalReference | undefined {
  // Most references are relative and to types that no link leads to: decided without parsing them.
  const slash = value.indexOf('/');
  if (slash < 0 || !isLinkableType(value.slice(0, slash))) return undefined;
  if (key === 'url' && !value.includes('Binary/')) return undefined;
  const target = parseReference(value, bases);
  if (!target || !isLinkableType(target.type)) return undefined;
  return key === 'reference' || target.type === 'Binary' ? target : undefined;
}

function readReference(value: unknown, bases: readonly string[]): LocalReference | undefined {
  return typeof value === 'string' ? parseReference(value, bases) : undefined;
}

function spell({ type, id }: LocalReference): string {
  return `${type}/${id}`;
}

function splitPaths(type: string): readonly (readonly string[])[] {
  let paths = pathCache.get(type);
  if (!paths) {
    paths = compartmentPaths(type).map((path) => path.split('.'));
    pathCache.set(type, paths);
  }
  return paths;
}

/** The values at a path, through arrays, in document order. */
export function valuesAt(root: unknown, path: readonly string[]): readonly unknown[] {
  return path.reduce<readonly unknown[]>(
    (nodes, name) => nodes.flatMap((node) => elements(memberOf(node, name))),
    [root],
  );
}

function memberOf(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, name)
    ? (node as JsonObject)[name]
    : undefined;
}

function elements(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
