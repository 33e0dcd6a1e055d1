import { decodeCursor, encodeCursor } from './page-cursor';

describe('page cursors', () => {
  it.each(['after', 'before'] as const)('come back as they were made: %s', (direction) => {
    const cursor = { direction, groupId: 'INF-101.a' };

    expect(decodeCursor(encodeCursor(cursor))).toStrictEqual(cursor);
  });

  it.each([
    '',
    'x',
    Buffer.from('within a').toString('base64url'),
    Buffer.from('after a b').toString('base64url'),
  ])('are refused when they are not ours: %j', (text) => {
    expect(decodeCursor(text)).toBeUndefined();
  });
});
