/**
 * How much an Accept header wants a media type, from 0 (not at all) to 1 (RFC 9110, 12.5.1). Of the ranges
 * that match, the most specific decides. Parameters other than `q`, such as `fhirVersion` or `charset`,
 * narrow nothing: there is one version and one charset here.
 */
export function acceptQuality(accept: string, mediaType: string): number {
  const [type = ''] = mediaType.split('/', 1);
  const ranges = accept.split(',').map(parseRange);
  const qualities = [mediaType, `${type}/*`, '*/*'].map((pattern) =>
    ranges.filter(({ range }) => range === pattern).map(({ quality }) => quality),
  );
  const decisive = qualities.find((found) => found.length > 0) ?? [0];
  return Math.max(...decisive);
}

interface MediaRange {
  readonly range: string;
  readonly quality: number;
}

function parseRange(text: string): MediaRange {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => /^q\s*=/.test(parameter));
  const quality = given === undefined ? 1 : Number(given.slice(given.indexOf('=') + 1));
  return { range, quality: quality >= 0 && quality <= 1 ? quality : 1 };
}
