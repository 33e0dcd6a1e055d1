import type { LocalReference } from '@app/fhir';

/** A resource of the source as it is now, or its deletion. Without an id when nobody can read it. */
export interface Change extends LocalReference {
  /** One line of JSON; undefined for a deletion. */
  readonly content: string | Buffer | undefined;
}

/** How far everything is read that came before it. */
export interface Checkpoint {
  /** Where reading goes on from here, in words of the source; JSON. */
  readonly cursor: unknown;
  /** Kept at once, before more is read. */
  readonly isUrgent?: boolean;
  /** Ends a reading: the instant up to which the source's record is contained now. */
  readonly upTo?: Date;
}

/** A system that is followed. Reading something again is free: what is unchanged is no new version. */
export interface ChangeSource {
  /** The name of the feed. */
  readonly feed: string;
  /** Seconds between two readings. */
  readonly poll: number;
  /** Types whose ids can be listed. */
  readonly listedTypes: readonly string[];
  /** Base URL of a FHIR server: what points there points at a resource of this store. */
  readonly base?: string;

  /** Called before each reading: whatever has to be known of the source for it. */
  prepare?(signal: AbortSignal): Promise<void>;

  /**
   * Reads what has changed, once. Its first item is a checkpoint, after which whatever is read contains
   * the record up to where it will end; its last is a checkpoint with `upTo`.
   *
   * @param cursor of the last checkpoint that was kept; undefined at the very beginning
   * @param isCompared ids are listed after the first item, and from the same state of the source if it can
   * @throws what the source says
   */
  changes(
    cursor: unknown,
    isCompared: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Change | Checkpoint, void>;

  /** Every id of a type that there is in the source, while changes are read. */
  ids(type: string, signal: AbortSignal): AsyncGenerator<string, void>;

  /** Whether a resource that was not listed is there after all, where lists come page by page. */
  hasStill?(resource: LocalReference, signal: AbortSignal): Promise<boolean>;
}

export function isCheckpoint(item: Change | Checkpoint): item is Checkpoint {
  return 'cursor' in item;
}
