import { type CohortBucket, sampleOf, bucketWeights } from './bucket-weights';

const cohort = (buckets: number, members = 1): readonly CohortBucket[] =>
  Array.from({ length: buckets }, (_, bucket) => ({ bucket, members, firstMember: `p${bucket}` }));

describe(sampleOf.name, () => {
  it('asks every member of a small cohort', () => {
    expect(sampleOf(cohort(3)).map((member) => member.id)).toStrictEqual(['p0', 'p1', 'p2']);
  });

  it('asks fewer members of a cohort that gives little than of one that gives much', () => {
    const asked = [256, 500, 1024].map((buckets) => sampleOf(cohort(buckets)).length);
    const askedOfMany = [4, 500].map((members) => sampleOf(cohort(1024, members)).length);

    expect(asked).toStrictEqual([256, 32, 32]);
    expect(askedOfMany).toStrictEqual([82, 96]);
  });

  it('asks some members of a large cohort, each standing for its neighbours and all buckets stood for', () => {
    const sample = sampleOf(cohort(1024, 500), 10);

    expect(sample).toHaveLength(10);
    expect(sample.flatMap((member) => member.buckets.map(({ bucket }) => bucket))).toStrictEqual(
      Array.from({ length: 1024 }, (_, bucket) => bucket),
    );
    expect(sample.every((member) => Math.abs(member.buckets.length - 102) <= 1)).toBe(true);
  });
});

describe(bucketWeights.name, () => {
  it('gives each bucket the bytes of its sampled member, times the members in it', () => {
    const sample = sampleOf(cohort(4, 3), 2);

    expect(bucketWeights(sample, [10, 0], 6)).toStrictEqual([30, 30, 0, 0, 0, 0]);
  });
});
