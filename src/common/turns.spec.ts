import { Turns } from './turns';

/** Work that ends when it is told to. */
function work(): { readonly run: () => Promise<string>; readonly end: (value: string) => void } {
  let end: (value: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => {
    end = resolve;
  });
  return {
    run: () => promise,
    end: (value) => {
      end(value);
    },
  };
}

describe('Turns', () => {
  it('let some run at once, and the next begin when one has ended', async () => {
    const turns = new Turns(1, 60_000);
    const first = work();
    const begun: string[] = [];

    const one = turns.take(first.run);
    const two = turns.take(() => Promise.resolve(begun.push('two')));
    await Promise.resolve();
    expect(begun).toStrictEqual([]);
    first.end('done');

    await expect(one).resolves.toBe('done');
    await two;
    expect(begun).toStrictEqual(['two']);
  });

  it('refuse with 503 and Retry-After whose turn does not come in time, and go on', async () => {
    const turns = new Turns(1, 5);
    const first = work();
    const one = turns.take(first.run);

    await expect(turns.take(() => Promise.resolve())).rejects.toMatchObject({
      status: 503,
      headers: { 'Retry-After': '5' },
    });
    first.end('done');
    await one;

    await expect(turns.take(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('go on after work that fails', async () => {
    const turns = new Turns(1, 60_000);

    await expect(turns.take(() => Promise.reject(new Error('no')))).rejects.toThrow('no');

    await expect(turns.take(() => Promise.resolve('next'))).resolves.toBe('next');
  });
});
