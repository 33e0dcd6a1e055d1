import { readSentBundle } from './read-bundle';

const bundle = (rest: string): string => `{"resourceType":"Bundle",${rest}}`;

describe(readSentBundle, () => {
  it('reads entries in their order, whatever they are', () => {
    const text = bundle(
      '"type":"batch","entry":[{"fullUrl":"urn:uuid:1"},null,{"request":{"url":"x"}}]',
    );

    expect(readSentBundle(Buffer.from(text), 3)).toMatchObject({
      type: 'batch',
      entries: [
        { number: 1, fullUrl: 'urn:uuid:1', request: {} },
        { number: 2, request: {} },
        { number: 3, request: { url: 'x' } },
      ],
    });
  });

  it.each([
    ['no JSON', '{"resourceType":"Secret"', /no JSON.* at character 25/],
    ['a list', '["Secret"]', /must be a JSON object/],
    ['another resource', '{"resourceType":"Secret"}', /must be a Bundle/],
    ['another type', bundle('"type":"Secret"'), /transaction or batch/],
    ['no type', bundle('"entry":[]'), /transaction or batch/],
    ['entries that are no list', bundle('"type":"batch","entry":{"Secret":1}'), /must be a list/],
    ['too many entries', bundle('"type":"batch","entry":[{},{},{},{}]'), /more than 3 entries/],
    [
      'a name given twice, one of them escaped',
      bundle(
        String.raw`"type":"batch","entry":[{"resource":{"resourceType":"Goal","resource\u0054ype":"Secret"}}]`,
      ),
      /same name twice/,
    ],
  ])('refuses %s, quoting nothing', (_, text, words) => {
    const read = (): unknown => readSentBundle(Buffer.from(text), 3);

    expect(read).toThrow(words);
    expect(read).not.toThrow(/Secret/);
  });
});
