import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { transformSync } from '@swc/core';

import { generateEcKeys, generateRsaKeys, type KeyPair } from './generate-keys';

const KINDS: readonly (readonly [string, () => KeyPair, object])[] = [
  ['P-384', () => generateEcKeys(), { kty: 'EC', crv: 'P-384' }],
  ['P-256', () => generateEcKeys('P-256'), { kty: 'EC', crv: 'P-256' }],
  ['RSA', () => generateRsaKeys(), { kty: 'RSA' }],
];

describe('a fresh key pair', () => {
  it.each(KINDS)('of %s has halves that belong together', (_, generate, kind) => {
    const { publicJwk, privateJwk } = generate();
    const text = Buffer.from('text');

    const signature = sign('sha256', text, createPrivateKey({ key: privateJwk, format: 'jwk' }));

    const publicKey = createPublicKey({ key: publicJwk, format: 'jwk' });
    expect(verify('sha256', text, publicKey, signature)).toBe(true);
    expect(publicJwk).toMatchObject(kind);
    expect(publicJwk).not.toHaveProperty('d');
  });

  it('of RSA is as long as it was asked for', () => {
    const { n = '' } = generateRsaKeys(1024).publicJwk;

    expect(Buffer.from(n, 'base64url')).toHaveLength(128);
  });

  it('is made without waiting for the garbage collector for ever', () => {
    const source = readFileSync(join(__dirname, 'generate-keys.ts'), 'utf8');
    const { code } = transformSync(source, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const stress = `${code}\nfor (let made = 0; made < 1500; made++) generateEcKeys();`;

    // A collection every 37 allocations: keys made with KeyObjects stand still within 1,000 of them.
    const { status } = spawnSync(process.execPath, ['--gc-interval=37', '-e', stress], {
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });

    expect(status).toBe(0);
  });
});
