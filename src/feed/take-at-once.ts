import { ChangeSet } from './change-set';
import type { Rejections } from './load.types';
import type { InputFile } from './reading/input-files';
import { withStaging } from './staging/staging';
import type { Sessions } from './with-writer';

export interface TakeOptions {
  /** The service's own base URL. */
  readonly fhirBase: string;
  /** Of other servers whose resources these are. */
  readonly otherBases?: readonly string[];
  readonly lineMaxBytes: number;
  readonly rejects: Rejections;
  /** Given the input as it is read, unpacked; what it throws ends the reading. */
  readonly onText?: (chunk: Buffer) => void;
}

/**
 * Takes the lines of a file into the store in one transaction: as a whole, but for lines that are
 * rejected, or not at all.
 *
 * @param sessions the first holds the writer's lock
 * @param record runs at the end of that transaction, given its instant
 * @throws UnreadableFileError when the file ends early; what `onText` throws; LoadError
 */
export async function takeAtOnce<T>(
  sessions: Sessions,
  file: Omit<InputFile, 'kind'>,
  { fhirBase, otherBases = [], lineMaxBytes, rejects, onText }: TakeOptions,
  record: (instant: string, changes: ChangeSet) => Promise<T>,
): Promise<T> {
  return withStaging(sessions, async () => {
    const changes = await ChangeSet.stage(sessions, [{ kind: 'ndjson', ...file }], {
      keepMeta: false,
      bases: [fhirBase],
      otherBases,
      rejects,
      withPatients: false,
      isAllOrNothing: true,
      maxLineBytes: lineMaxBytes,
      onRead: () => undefined,
      onPhase: () => undefined,
      ...(onText && { onText }),
    });
    return changes.mergeAtOnce((instant) => record(instant, changes));
  });
}
