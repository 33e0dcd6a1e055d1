import { followerLag } from './follower-lag';

describe('The hint about a follower', () => {
  const now = new Date('2026-12-01T10:00:00Z');
  const database = { feed: 'ehr' };

  function ask(lastBatchAt: string | undefined, poll = 10): Promise<void> | undefined {
    const found = lastBatchAt === undefined ? undefined : { lastBatchAt: new Date(lastBatchAt) };
    const feeds = { find: () => Promise.resolve(found) } as never; // no more of a row is read
    const config = { followers: { database: { ...database, poll } } } as never; // no more is read
    return followerLag(config, feeds, { now: () => now })['feed ehr']?.();
  }

  it.each([
    ['2026-12-01T09:59:01Z', 10],
    ['2026-12-01T09:30:00Z', 600],
  ])('is none while it was read at %s and is every %d s', async (last, poll) => {
    await expect(ask(last, poll)).resolves.toBeUndefined();
  });

  it.each([
    ['2026-12-01T09:58:00Z', 10, 'was read last 120 s ago'],
    ['2026-12-01T09:00:00Z', 600, 'was read last 3600 s ago'],
    [undefined, 10, 'has brought nothing yet'],
  ])('of a source read last at %s, every %d s: it %s', async (last, poll, reason) => {
    await expect(ask(last, poll)).rejects.toThrow(reason);
  });

  it('is not there without a source', () => {
    const config = { followers: { database: undefined, fhir: undefined } } as never;

    expect(followerLag(config, {} as never, { now: () => now })).toStrictEqual({});
  });
});
