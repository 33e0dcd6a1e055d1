import { isSpace, skipString } from './json-scan';

const QUOTE = 0x22;

/** JSON text without the white space between its tokens; every token keeps its spelling. */
export function compactJson(text: Buffer): Buffer {
  const compact = Buffer.allocUnsafe(text.length);
  let length = 0;
  let position = 0;
  while (position < text.length) {
    const byte = text[position] ?? 0;
    if (byte === QUOTE) {
      const end = skipString(text, position);
      length += text.copy(compact, length, position, end);
      position = end;
      continue;
    }
    if (!isSpace(byte)) {
      compact[length] = byte;
      length += 1;
    }
    position += 1;
  }
  return compact.subarray(0, length);
}
