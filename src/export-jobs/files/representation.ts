import type { FileEncoding, FileRecord } from '../persistence/file.entity';

/** One of the two forms that a file is sent in; each has bytes, and an ETag, of its own. */
export interface Representation {
  readonly encoding: FileEncoding;
  /** Strong, quoted: the bytes under it never change. */
  readonly etag: string;
  /** Undefined when they are only known once they are sent: the file is compressed on the way. */
  readonly bytes: number | undefined;
}

/** Forms that the client takes, the one that it likes best first: from Accept-Encoding. */
export type AcceptedEncodings = readonly FileEncoding[];

type StoredFile = Pick<
  FileRecord,
  'sha256' | 'storedSha256' | 'bytes' | 'encoding' | 'storedBytes'
>;

/**
 * The form of a file that a client gets (FR-08). What it likes best, with one exception: a range of a
 * file that would be compressed on the way cannot be cut, so a client that asks for one gets the plain
 * form if it takes that at all.
 *
 * @returns undefined when the client takes neither
 */
export function chooseRepresentation(
  file: StoredFile,
  accepted: AcceptedEncodings,
  asksForRange: boolean,
): Representation | undefined {
  const plainForRange =
    asksForRange && file.encoding === 'identity' && accepted.includes('identity');
  const encoding = plainForRange ? 'identity' : accepted[0];
  return encoding && representation(file, encoding);
}

function representation(file: StoredFile, encoding: FileEncoding): Representation {
  // Either of them stands for this content alone.
  const hash = (file.sha256 ?? file.storedSha256)?.toString('hex');
  if (hash === undefined) throw new Error('The file has no hash.');
  if (encoding === 'identity') return { encoding, etag: `"${hash}"`, bytes: file.bytes };
  return {
    encoding,
    etag: `"${hash}-gzip"`,
    bytes: file.encoding === 'gzip' ? file.storedBytes : undefined,
  };
}
