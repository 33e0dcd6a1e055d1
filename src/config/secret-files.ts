import { readFileSync } from 'node:fs';

import { ConfigurationError } from './configuration.error';
import type { Given } from './validate';
import { VARIABLES } from './variables';

/** What is appended to the name of a secret for the name of a file that holds it. */
const SUFFIX = '_FILE';

/** The secrets of the service. */
const SECRETS: readonly string[] = Object.entries(VARIABLES)
  .filter(([, variable]) => variable.secret)
  .map(([name]) => name);

/** Variables that name files with secrets, as platforms mount them: `DATABASE_URL_FILE`, say. */
export const SECRET_FILES: readonly string[] = SECRETS.map((name) => `${name}${SUFFIX}`);

/**
 * The variables with the secrets that are in files. They stay out of the environment of the process, where
 * programs that it starts, and people who look at it, would find them.
 *
 * @throws ConfigurationError listing all files that cannot be used; never what is in them
 */
export function withSecretFiles(environment: Given): Given {
  const faults: string[] = [];
  const found = SECRETS.flatMap((name) => {
    const setting = `${name}${SUFFIX}`;
    const path = environment[setting];
    if (!path) return [];
    if (environment[name]) faults.push(`${name} and ${setting}: set one of them, not both`);
    const secret = readSecret(path, (fault) => faults.push(`${setting}: ${path} ${fault}`));
    return [[name, secret] as const];
  });
  if (faults.length > 0) throw new ConfigurationError(faults);
  return { ...environment, ...Object.fromEntries(found) };
}

/** Editors and `echo` end files with a line break, which is in no secret of ours. */
function readSecret(path: string, fail: (fault: string) => void): string {
  try {
    const secret = readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (secret === '') fail('is empty');
    return secret;
  } catch (error) {
    fail(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
    return '';
  }
}
