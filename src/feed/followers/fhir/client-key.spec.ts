import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateClientKeys } from '@app/smart-client';

import { readClientKey } from './client-key';

describe(readClientKey, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'key-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const file = (content: string): string => {
    const path = join(folder, 'key.json');
    writeFileSync(path, content);
    return path;
  };

  it('reads a private key, alone or in a set', async () => {
    const { privateJwk } = await generateClientKeys('ES384');

    expect(await readClientKey(file(JSON.stringify(privateJwk)))).toStrictEqual(privateJwk);
    expect(await readClientKey(file(JSON.stringify({ keys: [privateJwk] })))).toStrictEqual(
      privateJwk,
    );
  });

  it.each([
    ['no JSON', '{"d":"secret"', /is no JSON object/],
    ['null', 'null', /is no JSON object/],
    ['an empty set', '{"keys":[]}', /must hold one private JWK/],
    ['another algorithm', '{"kid":"k","alg":"HS256","d":"secret"}', /ES384 or RS384/],
    ['no key', '{"kty":"EC","kid":"k","alg":"ES384","d":"secret"}', /no private key/],
  ])('refuses %s and never repeats it', async (_, content, message) => {
    const reading = readClientKey(file(content));

    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.not.toThrow(/secret/);
  });

  it('names the file that is not there by its setting', async () => {
    await expect(readClientKey(join(folder, 'none'))).rejects.toThrow(
      /FEED_FHIR_KEY_FILE: cannot be read: ENOENT/,
    );
  });
});
