import { type Claimed, Slots } from './slots';

describe(Slots.name, () => {
  /** Claims what is due, as PartClaims does. */
  const claiming =
    (due: string[]) =>
    (full: readonly string[]): Promise<Claimed | undefined> => {
      const next = due.findIndex((appId) => !full.includes(appId));
      return Promise.resolve(next < 0 ? undefined : { appId: due.splice(next, 1)[0] ?? '' });
    };

  it('leaves a slot for another app than the one that holds all others, however many claim at once', async () => {
    const slots = new Slots(2);
    const due = ['a', 'a', 'a', 'b'];
    const begun: string[] = [];
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });

    const work = Array.from({ length: 4 }, () =>
      slots.fill(claiming(due), ({ appId }) => {
        begun.push(appId);
        return ended;
      }),
    );
    await work[3];

    expect(begun).toStrictEqual(['a', 'a', 'b']);
    expect(due).toStrictEqual(['a']);
    end();
    await Promise.all(work);
  });

  it('gives a slot back when the work on it has failed, or could not be claimed', async () => {
    const slots = new Slots(1);
    const refused = (): Promise<never> => Promise.reject(new Error('refused'));

    await expect(slots.fill(claiming(['a']), refused)).rejects.toThrow('refused');
    await expect(slots.fill(refused, refused)).rejects.toThrow('refused');

    await expect(slots.fill(claiming(['a']), () => Promise.resolve('done'))).resolves.toBe('done');
  });
});
