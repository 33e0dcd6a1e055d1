import { isLinkableType } from '@app/fhir';

/**
 * The order in which types are merged; those of one stage in any order, or at the same time. What
 * others point at comes first, so that at any instant a stored reference finds its target, and
 * Provenance comes after what it is about.
 */
export function mergeStages(types: readonly string[]): readonly (readonly string[])[] {
  const stages: [string[], string[], string[], string[]] = [[], [], [], []];
  for (const type of types) stages[stageOf(type)].push(type);
  return stages;
}

function stageOf(type: string): 0 | 1 | 2 | 3 {
  if (type === 'Provenance') return 3;
  if (type === 'Patient') return 1;
  return isLinkableType(type) ? 0 : 2;
}
