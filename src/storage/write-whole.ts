import type { FileHandle } from 'node:fs/promises';

/** Writes every byte, in order: the kernel may take less than it is given. @returns the bytes */
export async function writeWhole(
  file: Pick<FileHandle, 'writev'>,
  chunks: readonly Buffer[],
): Promise<number> {
  let total = 0;
  let rest = [...chunks];
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest);
    rest = withoutFirst(rest, bytesWritten);
    total += bytesWritten;
  }
  return total;
}

/** What is left of `chunks` when `count` bytes are done. */
function withoutFirst(chunks: readonly Buffer[], count: number): Buffer[] {
  let skip = count;
  return chunks.flatMap((chunk) => {
    const taken = Math.min(skip, chunk.length);
    skip -= taken;
    return taken === chunk.length ? [] : [chunk.subarray(taken)];
  });
}
