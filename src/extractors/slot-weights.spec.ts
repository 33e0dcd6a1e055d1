import { type CohortSlot, sampleOf, slotWeights } from './slot-weights';

const cohort = (slots: number, members = 1): readonly CohortSlot[] =>
  Array.from({ length: slots }, (_, slot) => ({ slot, members, firstMember: `p${slot}` }));

describe(sampleOf.name, () => {
  it('asks every member of a small cohort', () => {
    expect(sampleOf(cohort(3)).map((member) => member.id)).toStrictEqual(['p0', 'p1', 'p2']);
  });

  it('asks fewer members of a cohort that gives little than of one that gives much', () => {
    const asked = [256, 500, 1024].map((slots) => sampleOf(cohort(slots)).length);
    const askedOfMany = [4, 500].map((members) => sampleOf(cohort(1024, members)).length);

    expect(asked).toStrictEqual([256, 32, 32]);
    expect(askedOfMany).toStrictEqual([82, 96]);
  });

  it('asks some members of a large cohort, each standing for its neighbours and all slots stood for', () => {
    const sample = sampleOf(cohort(1024, 500), 10);

    expect(sample).toHaveLength(10);
    expect(sample.flatMap((member) => member.slots.map(({ slot }) => slot))).toStrictEqual(
      Array.from({ length: 1024 }, (_, slot) => slot),
    );
    expect(sample.every((member) => Math.abs(member.slots.length - 102) <= 1)).toBe(true);
  });
});

describe(slotWeights.name, () => {
  it('gives each slot the bytes of its sampled member, times the members in it', () => {
    const sample = sampleOf(cohort(4, 3), 2);

    expect(slotWeights(sample, [10, 0], 6)).toStrictEqual([30, 30, 0, 0, 0, 0]);
  });
});
