import { readText } from './read-text';

interface Wanted {
  /** The option that names the file. */
  readonly name: string;
  /** What the file must hold, in words. */
  readonly accepted: string;
}

/**
 * Reads a file of JSON, `-` for standard input.
 *
 * @throws Error that names the file and says what it must hold; it quotes nothing of it
 */
export async function readJsonFile(file: string, wanted: Wanted): Promise<unknown> {
  const text = await readText(file).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`${wanted.name}: the file ${file} cannot be read: ${code ?? 'unknown'}.`, {
      cause,
    });
  });
  return parseJson(text, { ...wanted, name: `${wanted.name}: ${file}` });
}

/** @throws Error that says what is wanted; it quotes nothing: the text may be a private key by mistake */
export function parseJson(text: string, { name, accepted }: Wanted): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} does not hold JSON. It must be ${accepted}.`);
  }
}
