import { freshness } from './cache-control';

const at = (time: string): string => `Thu, 01 Jan 2026 ${time} GMT`;

describe('freshness', () => {
  it.each([
    [undefined, 300],
    ['', 300],
    ['public', 300],
    ['max-age=60', 60],
    ['public, Max-Age="90"', 90],
    ['max-age=0', 0],
    ['no-store', 0],
    ['no-cache', 0],
    ['max-age=600, no-store', 0],
    ['max-age=soon', 0],
    ['max-age=-1', 0],
    ['max-age=100, max-age=500', 100],
    ['max-age=31536000', 86_400],
    ['s-maxage=900', 300],
  ])('of Cache-Control %s is %d seconds (RG-06, RG-07)', (header, seconds) => {
    expect(freshness({ 'cache-control': header }).fresh).toBe(seconds);
  });

  it('counts the time that an answer spent in caches on the way (RG-06)', () => {
    expect(freshness({ 'cache-control': 'max-age=100', age: '40' }).fresh).toBe(60);
    expect(freshness({ 'cache-control': 'max-age=100', age: '400' }).fresh).toBe(0);
  });

  it.each(['-40', 'old', ''])('takes an Age of "%s" for none (RG-06)', (age) => {
    expect(freshness({ 'cache-control': 'max-age=100', age }).fresh).toBe(100);
  });

  it.each([
    ['an hour later', { expires: at('13:00:00') }, 3600],
    ['at once', { expires: at('12:00:00') }, 0],
    ['earlier', { expires: at('11:00:00') }, 0],
    ['in no words of HTTP', { expires: '0' }, 0],
    [
      'later, but max-age says otherwise',
      { expires: at('13:00:00'), 'cache-control': 'max-age=60' },
      60,
    ],
    ['later, on the way for a while', { expires: at('13:00:00'), age: '600' }, 3000],
    ['later, but who knows by which clock', { expires: at('13:00:00'), date: undefined }, 0],
  ])(
    'of an answer that expires %s is measured by its own Date (RG-06, RG-07)',
    (_, headers, seconds) => {
      expect(freshness({ date: at('12:00:00'), ...headers }).fresh).toBe(seconds);
    },
  );

  it('heeds Pragma: no-cache where there is no Cache-Control (RG-06)', () => {
    expect(freshness({ pragma: 'no-cache' }).fresh).toBe(0);
    expect(freshness({ pragma: 'no-cache', 'cache-control': 'max-age=60' }).fresh).toBe(60);
  });

  it.each([
    [undefined, 0],
    ['max-age=60', 0],
    ['max-age=60, stale-if-error=120', 120],
    ['max-age=60, stale-if-error=86400', 3600],
    ['max-age=60, stale-if-error=120, must-revalidate', 0],
    ['no-store, stale-if-error=120', 0],
  ])('lets %s serve stale on errors for %d seconds (RG-06)', (header, seconds) => {
    expect(freshness({ 'cache-control': header }).staleIfError).toBe(seconds);
  });
});
