import { KnownBases } from './known-bases';
import { guessKey } from './line-key';
import { prepareResource } from './prepare-resource';

const META = [
  '"meta":{"versionId":"7","lastUpdated":"2026-01-31T12:00:00Z"},',
  '"meta":{"lastUpdated":"2026-01-31T12:00:00Z"},',
  '"meta":{"lastUpdated":"2026-01-31T12:00:00Z","versionId":"7","tag":[]},',
  '"meta":{"versionId":"7","tag":[]},',
];
const FRAMES = [
  '{"resourceType":"Patient","id":"p",#"active":true}',
  '{"id":"p","resourceType":"Patient",#"active":true,"name":[{"text":"x"}]}',
];
/** Texts that are like those above, and are something else, or nothing. */
const OTHERS = [
  '"meta":{"versionId":"7",},',
  '"meta":{"versionId":"7"}',
  '"meta":{"versionId":"7" "tag":[]},',
  '"meta":{"versionId":7},',
  '"meta":{"versionId":"7","versionId":"8"},',
  '"meta":{"versionId":"7"},"meta":{"tag":[]},',
  '"meta":{"versionId":"7","tag":[],"lastUpdated":"x"},',
  '"meta":{"versionId":"7\u0001"},',
  '"meta":{"versionId":"\\u0037"},',
  '"contained":[{"resourceType":"Patient","id":"q","meta":{"versionId":"7"}}],',
  '"contained":[{"resourceType":"Patient","id":"q"}],',
  '"meta":{"tag":[]},',
  '"meta":{},',
  '',
  '"birthDate":"a,"meta":{"versionId":"7"},b",',
  '"birthDate":"a,b",',
  '"x":{"meta":{"versionId":"7"}},',
];
const bases = new KnownBases(['https://ehr.example.org/fhir']);

function digestOf(text: string): string | undefined {
  try {
    const options = { keepMeta: false, bases, withIdentifiers: false };
    return prepareResource(Buffer.from(text), options).digest.toString('hex');
  } catch {
    return undefined;
  }
}

const guess = (text: string): string | undefined => guessKey(Buffer.from(text))?.digest;
const filled = (parts: readonly string[]): readonly string[] =>
  FRAMES.flatMap((frame) => parts.map((part) => frame.replace('#', () => part)));

describe('guessKey', () => {
  it.each([...filled(META), ...filled([''])])('finds the digest of %s', (text) => {
    const key = guessKey(Buffer.from(text));

    expect(key).toMatchObject({ type: 'Patient', id: 'p' });
    expect(key?.digest).toBe(digestOf(text));
  });

  it.each(filled([...META, ...OTHERS]))(
    'never takes %s for another text that is stored',
    (text) => {
      const stored = filled([...META, ...OTHERS]).flatMap((other) => digestOf(other) ?? []);

      const guessed = guess(text);

      const own = [digestOf(text), undefined];
      expect(stored.filter((digest) => digest === guessed && !own.includes(digest))).toStrictEqual(
        [],
      );
    },
  );

  it('leaves lines without a type or an id to be parsed', () => {
    expect(guessKey(Buffer.from('{"resourceType":"Patient"}'))).toBeUndefined();
    expect(guessKey(Buffer.from('not JSON'))).toBeUndefined();
    expect(guessKey(Buffer.from('{"resourceType":"Patient","id":"a b"}'))).toBeUndefined();
  });
});
