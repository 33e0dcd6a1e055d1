import fs from 'node:fs';

import { DEMO_FOLDER } from './places';

/** Writes a file as JSON, for nobody else to read. */
export function keepPrivately(file: string, value: object): void {
  // A file of an earlier run keeps its mode when it is written over: take it away first.
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}

/**
 * Asks the demonstration that is running, with what it has kept in a file.
 *
 * @throws Error when none is running
 */
export async function askRunningDemo<T>(
  file: string,
  ask: (kept: unknown) => Promise<T>,
): Promise<T> {
  try {
    return await ask(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(
      `No demonstration is running from ${DEMO_FOLDER} (${why}). Start one with npm run demo.`,
      { cause },
    );
  }
}
