/** What a resource must have by a profile of US Core. */
export interface UsCoreProfile {
  readonly name: string;
  readonly type: string;
  /** Which resources of the type the profile is for, in FHIRPath; all of them when absent. */
  readonly where?: string;
  /** FHIRPath that must be true: mandatory elements, slices and invariants. */
  readonly requires: readonly string[];
  /** FHIRPath of what the profile has servers support: each must be true of some resource. */
  readonly shows?: readonly string[];
}

export const SUBJECT = 'subject.reference.exists()';

export function hasCoding(path: string, system: string, code: string): string {
  return `${path}.coding.where(system = '${system}' and code = '${code}').exists()`;
}
