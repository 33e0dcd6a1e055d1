/**
 * node scripts/run.mjs verify DIR: checks a downloaded export against its manifest and certificate, without
 * a server. Exits with 1 and a line for each fault.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import yargs from 'yargs';

import { type Verification, verifyExport } from '@app/smart-client';

import { reportFailure } from '../report-failure';

const OPTIONS = {
  manifest: {
    type: 'string',
    array: true,
    describe:
      'The manifest, or all its pages in their order (default: manifest.json in the folder)',
  },
  jwks: {
    type: 'string',
    requiresArg: true,
    describe: 'Trust these keys: what the service answers at auth/jwks, kept in a file',
  },
  thumbprint: {
    type: 'string',
    requiresArg: true,
    describe: 'Trust the key with this SHA-256 thumbprint (RFC 7638, base64url)',
  },
} as const;

async function main(): Promise<void> {
  const argv = await yargs(process.argv.slice(2))
    .usage('npm run verify -- DIR [options]')
    .options(OPTIONS)
    .demandCommand(1, 1, 'Name the folder that holds the files.', 'Name one folder.')
    .strictOptions()
    .parseAsync();
  const folder = String(argv._[0]);
  const manifests: unknown[] = [];
  for (const file of argv.manifest ?? [path.join(folder, 'manifest.json')]) {
    manifests.push(await readJson(file));
  }
  const keys = argv.jwks === undefined ? undefined : await readKeys(argv.jwks);
  report(await verifyExport(folder, manifests, { keys, thumbprint: argv.thumbprint }));
}

function report({ faults, signer }: Verification): void {
  if (faults.length > 0 || signer === undefined) {
    throw new Error([...faults, `${faults.length} faults.`].join('\n'));
  }
  console.log(`Every file is as it was exported, signed by the key ${signer.thumbprint}.`);
  if (signer.isTrusted) return;
  console.log(
    'Nothing was said of which key to trust: whoever changed the files could have signed them anew. Give --jwks or --thumbprint.',
  );
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`${file} cannot be read: ${(error as { code?: string }).code ?? 'unknown'}.`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON.`);
  }
}

async function readKeys(file: string): Promise<JSONWebKeySet['keys']> {
  try {
    return createLocalJWKSet((await readJson(file)) as JSONWebKeySet).jwks().keys;
  } catch (error) {
    throw new Error(`${file} is no JSON Web Key Set.`, { cause: error });
  }
}

main().catch(reportFailure);
