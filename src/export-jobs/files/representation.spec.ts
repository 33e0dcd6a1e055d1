import { chooseRepresentation } from './representation';

const PLAIN = {
  sha256: Buffer.from('ab', 'hex'),
  storedSha256: undefined,
  bytes: 100,
  encoding: 'identity',
  storedBytes: 100,
} as const;
const GZIP = { ...PLAIN, encoding: 'gzip', storedBytes: 10 } as const;

describe(chooseRepresentation.name, () => {
  it('sends stored gzip as it lies there, or plain to clients that like that better (FR-08)', () => {
    expect(chooseRepresentation(GZIP, ['gzip', 'identity'], false)).toStrictEqual({
      encoding: 'gzip',
      etag: '"ab-gzip"',
      bytes: 10,
    });
    expect(chooseRepresentation(GZIP, ['identity'], false)).toStrictEqual({
      encoding: 'identity',
      etag: '"ab"',
      bytes: 100,
    });
  });

  it('does not know the size of what is compressed on the way', () => {
    expect(chooseRepresentation(PLAIN, ['gzip', 'identity'], false)?.bytes).toBeUndefined();
  });

  it('prefers the plain form for a range that could not be cut otherwise', () => {
    expect(chooseRepresentation(PLAIN, ['gzip', 'identity'], true)?.encoding).toBe('identity');
    expect(chooseRepresentation(PLAIN, ['gzip'], true)?.encoding).toBe('gzip');
    expect(chooseRepresentation(GZIP, ['gzip', 'identity'], true)?.encoding).toBe('gzip');
  });

  it('gives the two forms different ETags', () => {
    const etags = (['identity', 'gzip'] as const).map(
      (encoding) => chooseRepresentation(PLAIN, [encoding], false)?.etag,
    );

    expect(new Set(etags).size).toBe(2);
  });

  it('has nothing for a client that takes neither', () => {
    expect(chooseRepresentation(PLAIN, [], false)).toBeUndefined();
  });
});
