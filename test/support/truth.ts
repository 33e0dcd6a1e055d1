import { compartmentPaths, isLinkableType } from '../../libs/fhir/src';

/** A resource of a test's input. */
export interface Given {
  readonly type: string;
  readonly id: string;
  /** The line as it was loaded. */
  readonly line: string;
}

interface Known {
  readonly given: Given;
  readonly json: unknown;
  /** `Patient/x` of every compartment that it is in. */
  readonly patients: ReadonlySet<string>;
  /** `Type/id` of everything that it points at. */
  readonly references: readonly string[];
}

/**
 * What an export of `cohort` must hold, worked out in memory from the input alone: for each type the
 * ids of its resources. Group is not among them; Binary is, though it is given only when named.
 *
 * @param provenanceOf says of which types Provenance goes along; of all but Binary unless told otherwise,
 *   as in an export that names no types
 */
export function expectedExport(
  input: readonly Given[],
  cohort: ReadonlySet<string>,
  provenanceOf: (type: string) => boolean = (type) => type !== 'Binary',
): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map(input.map((given) => [`${given.type}/${given.id}`, know(given)]));
  const members = new Set([...cohort].map((id) => `Patient/${id}`));
  const isMembers = ({ patients }: Known): boolean =>
    [...patients].some((patient) => members.has(patient));
  const own = [...known.values()].filter(
    (one) => one.given.type !== 'Provenance' && isMembers(one),
  );
  const linked = reachable(own, known);
  const exported = new Set([...own, ...linked]);
  const ownKeys = new Set(
    own
      .filter(({ given }) => provenanceOf(given.type))
      .map(({ given }) => `${given.type}/${given.id}`),
  );
  for (const one of known.values()) {
    if (one.given.type === 'Provenance' && targets(one.json).some((key) => ownKeys.has(key))) {
      exported.add(one);
    }
  }
  const byType = new Map<string, Set<string>>();
  for (const { given } of exported) {
    byType.set(given.type, (byType.get(given.type) ?? new Set()).add(given.id));
  }
  return byType;
}

/**
 * A line as an export must give it: all of its bytes, but a relative URL of a Binary is absolute. The
 * sample holds no white space between tokens.
 */
export function exportedLine({ line }: Given, fhirBase: string): string {
  return line.replaceAll('"url":"Binary/', `"url":"${fhirBase}/Binary/`);
}

/** Resources of nobody that `start` points at, directly or through another of nobody's. */
function reachable(start: readonly Known[], known: ReadonlyMap<string, Known>): ReadonlySet<Known> {
  const found = new Set<Known>();
  const queue = start.flatMap((one) => one.references);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const target = known.get(key);
    if (!target || found.has(target) || target.patients.size > 0) continue;
    if (!isLinkableType(target.given.type)) continue;
    found.add(target);
    queue.push(...target.references);
  }
  return found;
}

function know(given: Given): Known {
  const json: unknown = JSON.parse(given.line);
  const named = compartmentPaths(given.type)
    .flatMap((path) => valuesAt(json, path.split('.')))
    .map(referenceOf)
    .filter((key) => key?.startsWith('Patient/'));
  const patients = given.type === 'Patient' ? [`Patient/${given.id}`] : named;
  return { given, json, patients: new Set(patients as string[]), references: referencesIn(json) };
}

function targets(provenance: unknown): readonly string[] {
  return valuesAt(provenance, ['target']).flatMap((target) => referenceOf(target) ?? []);
}

function valuesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const [first, ...rest] = path;
  if (first === undefined) return values;
  return values.flatMap((one) =>
    isObject(one) && one[first] !== undefined ? valuesAt(one[first], rest) : [],
  );
}

function referenceOf(value: unknown): string | undefined {
  return isObject(value) && typeof value['reference'] === 'string' ? value['reference'] : undefined;
}

function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const isReference =
      name === 'reference' || (name === 'url' && String(member).startsWith('Binary/'));
    return isReference && typeof member === 'string' ? [member] : referencesIn(member);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
