import { readFile, writeFile } from 'node:fs/promises';

/**
 * Writes a generated file, or with `check` only compares it.
 *
 * @throws Error naming the file when it is not current.
 */
export async function compareOrWrite(path: string, text: string, check: boolean): Promise<void> {
  if (!check) {
    await writeFile(path, text);
    console.log(`${path} written.`);
    return;
  }
  const current = await readFile(path, 'utf8').catch(() => '');
  if (current !== text)
    throw new Error(`${path} is not current: run the same command without --check.`);
  console.log(`${path} is current.`);
}
