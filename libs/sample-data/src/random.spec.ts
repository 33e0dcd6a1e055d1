import { Random } from './random';

describe(Random, () => {
  it('repeats a stream and keeps streams apart', () => {
    const draw = (seed: number, stream: number): number[] => {
      const random = new Random(seed, stream);
      return Array.from({ length: 8 }, () => random.next());
    };

    expect(draw(1, 2)).toStrictEqual(draw(1, 2));
    expect(draw(1, 2)).not.toStrictEqual(draw(1, 3));
    expect(draw(1, 2)).not.toStrictEqual(draw(2, 2));
  });

  it('draws whole numbers from end to end', () => {
    const random = new Random(3, 0);
    const drawn = new Set(Array.from({ length: 500 }, () => random.int(1, 6)));

    expect([...drawn].sort()).toStrictEqual([1, 2, 3, 4, 5, 6]);
  });

  it('takes as many different items as it is asked for, in their order', () => {
    const random = new Random(4, 0);

    for (let count = 0; count <= 5; count += 1) {
      const taken = random.some([1, 2, 3, 4, 5], count);
      expect(taken).toHaveLength(count);
      expect(taken).toStrictEqual([...new Set(taken)].sort());
    }
  });

  it('cannot pick from nothing', () => {
    expect(() => new Random(5, 0).pick([])).toThrow(RangeError);
  });
});
