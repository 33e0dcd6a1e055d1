import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { ConfigurationError } from './configuration.error';
import { misspelt } from './misspelt';
import { withSecretFiles } from './secret-files';
import type { Given } from './validate';

const DEFAULT_FILE = '.env';

/**
 * The variables of this process, completed by the file that ENV_FILE names: what the process has already
 * stays. Other libraries, such as the AWS SDK, find what the file holds in the environment, too; secrets of
 * files of their own they do not.
 *
 * @param warn told of each variable that looks like a setting and is none
 * @throws ConfigurationError when a file cannot be read
 */
export function processEnvironment(warn: (sentence: string) => void): Given {
  for (const [name, value] of Object.entries(parseEnv(readFile()))) process.env[name] ??= value;
  for (const sentence of misspelt(process.env)) warn(sentence);
  return withSecretFiles(process.env);
}

/** Nothing when there is no `.env` and ENV_FILE does not ask for one. */
function readFile(): string {
  const { ENV_FILE: file } = process.env;
  try {
    return readFileSync(file || DEFAULT_FILE, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !file) return '';
    throw new ConfigurationError([
      `ENV_FILE: ${file || DEFAULT_FILE} cannot be read: ${code ?? 'unknown'}`,
    ]);
  }
}
