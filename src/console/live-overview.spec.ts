import type { Subscription } from 'rxjs';

import { LiveOverview } from './live-overview.service';
import type { Overviews } from './overviews.service';

describe(LiveOverview.name, () => {
  let looks: number;
  let live: LiveOverview;

  beforeEach(() => {
    jest.useFakeTimers();
    looks = 0;
    const take = (): Promise<never> => {
      looks += 1;
      return Promise.resolve({ looks } as never);
    };
    live = new LiveOverview({ take } as unknown as Overviews);
  });

  afterEach(() => jest.useRealTimers());

  const watch = (): Subscription => live.watch().subscribe();

  it('looks once for all who watch, and no more once nobody does', async () => {
    const watching = [watch(), watch(), watch()];
    await jest.advanceTimersByTimeAsync(4000);
    const shared = looks;
    for (const one of watching) one.unsubscribe();
    await jest.advanceTimersByTimeAsync(60_000);

    expect([shared, looks]).toStrictEqual([3, 3]);
  });

  it('ends a stream after a minute, so that who watches is checked again', async () => {
    const watching = watch();

    await jest.advanceTimersByTimeAsync(60_000);

    expect(watching.closed).toBe(true);
  });

  it('refuses more than a hundred at a time, and takes others when they have gone', () => {
    const watching = Array.from({ length: 100 }, watch);
    const refusals: unknown[] = [];
    const tryOne = (): void => {
      live.watch().subscribe({ error: (error) => refusals.push(error) });
    };

    tryOne();
    watching[0]?.unsubscribe();
    tryOne();

    expect(refusals).toMatchObject([{ status: 429 }]);
  });
});
