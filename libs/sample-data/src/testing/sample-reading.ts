import { type SampleResource } from '../sample-resource';
import { sampleResources } from '../sample-resources';

/** The whole sample in memory: for tests with few patients. */
export function listOf(seed: number, patients: number): readonly SampleResource[] {
  return [...sampleResources({ seed, patients })];
}

/** The resources of a type, parsed. */
export function byType(sample: readonly SampleResource[], type: string): readonly unknown[] {
  return sample
    .filter((resource) => resource.type === type)
    .map(({ line }): unknown => JSON.parse(line));
}

/** All values at a dotted path, through lists. */
export function valuesAt(value: unknown, path: string): readonly unknown[] {
  return path.split('.').reduce<readonly unknown[]>(
    (found, member) => {
      const next = found.map((item) => memberOf(item, member)).flat();
      return next.filter((item) => item !== undefined);
    },
    [value],
  );
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
}
