import { LoopGuard } from './loop-guard';

describe(LoopGuard, () => {
  it.each([
    [0, 1],
    [0, 2],
    [3, 5],
    [100, 37],
  ])('finds a loop after %d pages, of %d pages, within four rounds', (before, length) => {
    const guard = new LoopGuard();
    const turn = (): void => {
      for (let page = 0; page < before; page++) guard.check(`before ${page}`);
      for (let page = 0; page < 4 * (length + before); page++) guard.check(`${page % length}`);
    };

    expect(turn).toThrow('the pages of a search come round again');
  });

  it('lets any number of different pages pass', () => {
    const guard = new LoopGuard();

    expect(() => {
      for (let page = 0; page < 10_000; page++) guard.check(String(page));
    }).not.toThrow();
  });
});
