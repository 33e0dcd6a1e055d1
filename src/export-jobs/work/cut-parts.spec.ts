import fc from 'fast-check';

import { RESOURCE_TYPES } from '@app/fhir';

import { SLOTS } from '../../extractors';
import { cutParts } from './cut-parts';

const MEGABYTE = 1_000_000;

describe(cutParts.name, () => {
  it('covers every slot of every type exactly once', () => {
    const estimate = fc.record({
      type: fc.constantFrom(...RESOURCE_TYPES),
      divisible: fc.boolean(),
      bytes: fc.integer({ min: 0, max: 2_000_000 * MEGABYTE }),
    });
    fc.assert(
      fc.property(estimate, fc.integer({ min: 1, max: 1000 * MEGABYTE }), (one, target) => {
        const slots = cutParts([one], target)
          .flatMap((part) =>
            Array.from(
              { length: part.slots.to - part.slots.from + 1 },
              (_, i) => part.slots.from + i,
            ),
          )
          .sort((a, b) => a - b);

        expect(slots).toStrictEqual(Array.from({ length: SLOTS }, (_, slot) => slot));
      }),
    );
  });

  it('leaves a small export in one part a type', () => {
    const parts = cutParts(
      [
        { type: 'Patient', divisible: true, bytes: 2 * MEGABYTE },
        { type: 'Observation', divisible: true, bytes: 38 * MEGABYTE },
      ],
      256 * MEGABYTE,
    );

    expect(parts.map((part) => part.type)).toStrictEqual(['Observation', 'Patient']);
  });

  it('cuts a large type into parts of about the target, but never what is indivisible', () => {
    const parts = cutParts(
      [
        { type: 'Observation', divisible: true, bytes: 1000 * MEGABYTE },
        { type: 'Group', divisible: false, bytes: 1000 * MEGABYTE },
      ],
      256 * MEGABYTE,
    );

    expect(parts.filter((part) => part.type === 'Observation')).toHaveLength(4);
    expect(parts.filter((part) => part.type === 'Group')).toHaveLength(1);
  });
});
