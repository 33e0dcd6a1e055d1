import { BackOff } from './back-off';

describe(BackOff.name, () => {
  let now = 0;
  const backOff = (): BackOff => new BackOff(3, 60, () => now);
  const failing = (times: number): BackOff => {
    const made = backOff();
    for (let time = 0; time < times; time++) made.fail('a');
    return made;
  };

  it.each([
    [0, 0],
    [2, 0],
    [3, 1],
    [4, 2],
    [8, 32],
    [9, 60],
    [2000, 60],
  ])('lets who has failed %d times wait for %d s', (times, seconds) => {
    expect(failing(times).wait('a')).toBe(seconds);
  });

  it('counts each key by itself, and what is forgotten no more', () => {
    const made = failing(5);

    expect(made.wait('b')).toBe(0);
    made.forget('a');
    expect(made.wait('a')).toBe(0);
  });

  it('counts the seconds down, and forgets after a quarter of an hour', () => {
    const made = failing(7);

    now += 10;
    expect(made.wait('a')).toBe(6);
    now += 6;
    expect(made.wait('a')).toBe(0);
    made.fail('a');
    expect(made.wait('a')).toBe(32);
    now += 900;
    made.fail('a');
    expect(made.wait('a')).toBe(0);
  });
});
