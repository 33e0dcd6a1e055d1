import fc from 'fast-check';

import { RESOURCE_TYPES } from '@app/fhir';

import { COHORT_BUCKETS, type TypeEstimate } from '../../cohort';
import { cutParts } from './cut-parts';

const MEGABYTE = 1_000_000;
const TARGET = 256 * MEGABYTE;

function observations(bytes: number, weights?: readonly number[]): TypeEstimate {
  return { type: 'Observation', divisible: true, bytes, ...(weights ? { weights } : {}) };
}

describe(cutParts.name, () => {
  it('covers every bucket of every type exactly once, whatever the buckets weigh', () => {
    const weight = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true }));
    const estimate = fc.record({
      type: fc.constantFrom(...RESOURCE_TYPES),
      divisible: fc.boolean(),
      bytes: fc.integer({ min: 0, max: 2_000_000 * MEGABYTE }),
      weights: fc.array(weight, {
        minLength: COHORT_BUCKETS,
        maxLength: COHORT_BUCKETS,
        size: 'max',
      }),
    });
    fc.assert(
      fc.property(estimate, fc.integer({ min: 1, max: 1000 * MEGABYTE }), (one, target) => {
        const buckets = cutParts([one], target)
          .flatMap((part) =>
            Array.from(
              { length: part.buckets.to - part.buckets.from + 1 },
              (_, i) => part.buckets.from + i,
            ),
          )
          .sort((a, b) => a - b);

        expect(buckets).toStrictEqual(
          Array.from({ length: COHORT_BUCKETS }, (_, bucket) => bucket),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('leaves a small export in one part a type', () => {
    const parts = cutParts(
      [{ type: 'Patient', divisible: true, bytes: 2 * MEGABYTE }, observations(38 * MEGABYTE)],
      TARGET,
    );

    expect(parts.map((part) => part.type)).toStrictEqual(['Observation', 'Patient']);
  });

  it('cuts a large type into parts of about the target, but never what is indivisible', () => {
    const parts = cutParts(
      [
        observations(10_000 * MEGABYTE),
        { type: 'Group', divisible: false, bytes: 1000 * MEGABYTE },
      ],
      TARGET,
    );

    expect(parts.filter((part) => part.type === 'Observation')).toHaveLength(40);
    expect(parts.filter((part) => part.type === 'Group')).toHaveLength(1);
  });

  it('cuts an export of middling size finer, so that several workers finish together', () => {
    const parts = cutParts([observations(1000 * MEGABYTE)], TARGET);

    expect(parts).toHaveLength(15);
    expect(parts.every((part) => part.estimatedBytes < 70 * MEGABYTE)).toBe(true);
  });

  it('cuts where the bytes are: a heavy patient gets a part, many light ones share one', () => {
    const weights = Array.from({ length: COHORT_BUCKETS }, (_, bucket) =>
      bucket === 100 ? COHORT_BUCKETS : 1,
    );

    const parts = cutParts([observations(2048 * MEGABYTE, weights)], TARGET);

    const heavy = parts[0];
    expect(heavy?.buckets.to).toBeGreaterThanOrEqual(100);
    expect(heavy?.buckets.from).toBeLessThanOrEqual(100);
    expect((heavy?.buckets.to ?? 0) - (heavy?.buckets.from ?? 0)).toBeLessThan(128);
    // The others are even: none is more than a bit above the 64 MiB that such an export is cut into.
    expect(parts.slice(1).every((part) => part.estimatedBytes < 110 * MEGABYTE)).toBe(true);
    const bytes = parts.reduce((sum, part) => sum + part.estimatedBytes, 0);
    expect(bytes).toBeGreaterThanOrEqual(2048 * MEGABYTE);
    expect(bytes).toBeLessThan(2060 * MEGABYTE);
  });
});
