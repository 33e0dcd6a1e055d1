import fc from 'fast-check';

import { type Conditions, evaluatePreconditions } from './conditions';

const ETAG = '"abc"';
const NONE: Conditions = {
  ifMatch: undefined,
  ifNoneMatch: undefined,
  ifRange: undefined,
  range: undefined,
};

describe(evaluatePreconditions.name, () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=0-', { start: 0, end: 9 }],
    ['bytes=3-5', { start: 3, end: 5 }],
    ['bytes=9-9', { start: 9, end: 9 }],
    ['bytes=9-1000', { start: 9, end: 9 }],
    ['bytes=-1', { start: 9, end: 9 }],
    ['bytes=-10', { start: 0, end: 9 }],
    ['bytes=-11', { start: 0, end: 9 }],
    ['BYTES=3-5', { start: 3, end: 5 }],
  ])('cuts %s (FR-12)', (range, expected) => {
    expect(evaluatePreconditions({ ...NONE, range }, ETAG, 10)).toStrictEqual({
      kind: 'part',
      range: expected,
    });
  });

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=99999999999999999999-', 'bytes=-0'])(
    'cannot satisfy %s (FR-12)',
    (range) => {
      expect(evaluatePreconditions({ ...NONE, range }, ETAG, 10)).toStrictEqual({
        kind: 'unsatisfiable',
      });
    },
  );

  it.each(['bytes=5-3', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,3-4', 'bytes', ''])(
    'ignores "%s" and sends the whole (FR-12)',
    (range) => {
      expect(evaluatePreconditions({ ...NONE, range }, ETAG, 10)).toStrictEqual({ kind: 'whole' });
    },
  );

  it.each([
    ['the same ETag cuts', ETAG, 'part'],
    ['another ETag sends the whole', '"other"', 'whole'],
    ['a weak one sends the whole', `W/${ETAG}`, 'whole'],
    ['a date sends the whole', 'Wed, 25 Nov 2026 10:00:00 GMT', 'whole'],
  ])('If-Range: %s (FR-12)', (_case, ifRange, kind) => {
    expect(evaluatePreconditions({ ...NONE, range: 'bytes=1-2', ifRange }, ETAG, 10).kind).toBe(
      kind,
    );
  });

  it.each([
    [ETAG, 'not-modified'],
    [`W/${ETAG}`, 'not-modified'],
    [`"x", ${ETAG}`, 'not-modified'],
    ['*', 'not-modified'],
    ['"x"', 'part'],
  ])('If-None-Match: %s comes before the range (FR-12)', (ifNoneMatch, kind) => {
    expect(evaluatePreconditions({ ...NONE, range: 'bytes=1-2', ifNoneMatch }, ETAG, 10).kind).toBe(
      kind,
    );
  });

  it.each([
    [ETAG, 'whole'],
    ['*', 'whole'],
    ['"x"', 'failed'],
    [`W/${ETAG}`, 'failed'],
  ])('If-Match: %s (FR-12)', (ifMatch, kind) => {
    expect(evaluatePreconditions({ ...NONE, ifMatch }, ETAG, 10).kind).toBe(kind);
  });

  it('ignores ranges of what is compressed on the way', () => {
    expect(evaluatePreconditions({ ...NONE, range: 'bytes=1-2' }, ETAG, undefined)).toStrictEqual({
      kind: 'whole',
    });
  });

  it('never cuts outside the file, whatever the header', () => {
    const number = fc.option(fc.nat({ max: 2000 }), { nil: '' });
    fc.assert(
      fc.property(number, number, fc.nat({ max: 1000 }), (from, to, bytes) => {
        const outcome = evaluatePreconditions(
          { ...NONE, range: `bytes=${from}-${to}` },
          ETAG,
          bytes,
        );
        if (outcome.kind !== 'part') return;

        const { start, end } = outcome.range;
        expect(start).toBeGreaterThanOrEqual(0);
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThan(bytes);
      }),
    );
  });
});
