import { TurnReading } from './turn-reading';

describe('TurnReading', () => {
  it('reads once for those who ask together, and by key', async () => {
    const read: string[] = [];
    const reading = new TurnReading((key) => Promise.resolve(read.push(key)));

    await Promise.all([reading.get('a'), reading.get('b'), reading.get('a')]);

    expect(read).toStrictEqual(['a', 'b']);
  });

  it('never answers with what was read before somebody asked', async () => {
    let value = 'old';
    const reading = new TurnReading(async () => {
      const found = value;
      await new Promise(setImmediate);
      return found;
    });
    const first = reading.get('a');
    await new Promise(setImmediate);
    value = 'new';

    const second = reading.get('a');

    expect(await Promise.all([first, second])).toStrictEqual(['old', 'new']);
  });

  it('reads anew after a failure', async () => {
    let calls = 0;
    const reading = new TurnReading(async () => {
      await Promise.resolve();
      calls += 1;
      if (calls === 1) throw new Error('away');
      return calls;
    });

    await expect(reading.get('a')).rejects.toThrow('away');
    await expect(reading.get('a')).resolves.toBe(2);
  });
});
