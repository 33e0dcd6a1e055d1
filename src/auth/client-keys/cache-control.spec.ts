import { freshness } from './cache-control';

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
    expect(freshness(header).fresh).toBe(seconds);
  });

  it('counts the time that an answer spent in caches on the way (RG-06)', () => {
    expect(freshness('max-age=100', 40).fresh).toBe(60);
    expect(freshness('max-age=100', 400).fresh).toBe(0);
  });

  it.each([
    [undefined, 0],
    ['max-age=60', 0],
    ['max-age=60, stale-if-error=120', 120],
    ['max-age=60, stale-if-error=86400', 3600],
    ['max-age=60, stale-if-error=120, must-revalidate', 0],
    ['no-store, stale-if-error=120', 0],
  ])('lets %s serve stale on errors for %d seconds (RG-06)', (header, seconds) => {
    expect(freshness(header).staleIfError).toBe(seconds);
  });
});
