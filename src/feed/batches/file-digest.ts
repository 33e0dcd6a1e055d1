import { readFileBytes } from '../reading/file-bytes';
import type { InputFile } from '../reading/input-files';
import { UnreadableFileError } from '../reading/loader.errors';
import { BatchContent } from './batch-content';

/** The digest of a file's content; of what cannot be read that of nothing, for it is not what was taken in. */
export async function fileDigest(file: InputFile): Promise<Buffer> {
  const content = new BatchContent();
  try {
    for await (const chunk of readFileBytes(file, () => undefined)) content.add(chunk);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return Buffer.alloc(0);
  }
  return content.digest();
}
