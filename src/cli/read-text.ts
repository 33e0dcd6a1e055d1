import { readFile } from 'node:fs/promises';

/**
 * The text of a file, or of standard input for `-`. Some editors and shells begin it with a byte order mark,
 * which is no part of it and says how it is encoded.
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file === '-' ? '/dev/stdin' : file);
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
