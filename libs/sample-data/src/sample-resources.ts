import { writeChart } from './chart/write-chart';
import { checkOptions, type SampleOptions, type SampleResource } from './sample-resource';
import { buildWorld } from './world/world';

/**
 * Believable US patients with what belongs to them: all exportable types but Group.
 *
 * First the resources that patients share, then chart by chart. The same seed gives the same bytes,
 * and a patient is the same however many follow. Every reference leads to a resource of the set.
 * One chart at a time is in memory, a few hundred kilobytes.
 *
 * Fails with a RangeError when the options are not whole numbers in range.
 */
export function* sampleResources(options: SampleOptions): Generator<SampleResource, void> {
  checkOptions(options);
  const { seed, patients } = options;
  const world = buildWorld(seed);
  yield* world.resources;
  for (let index = 0; index < patients; index += 1) yield* writeChart(seed, index, world);
}
