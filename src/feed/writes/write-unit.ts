import type { AuditAction } from '../../audit';
import type { FindByIdentifier } from './find-by-identifier';
import { keyOf, type ResourceWrite } from './resource-write';

/** What one request wants written: all of it or nothing. */
export interface WriteUnit {
  /** All that it may write, as `Type/id`: no other unit of the same pass has one of them. */
  readonly keys: readonly string[];
  readonly bytes: number;
  /** Other resources decide what it writes: a pass of its own shows it what all others have written. */
  readonly isAlone: boolean;
  readonly by: WrittenBy;
  /**
   * The writes, each of another resource. Asked for under the writer's lock.
   *
   * @throws FhirError when they cannot be made out
   */
  writes(find: FindByIdentifier): Promise<readonly ResourceWrite[]>;
}

/** Of whom a write goes on record, and as what. */
export interface WrittenBy {
  readonly action: AuditAction;
  readonly appId: string;
  readonly requestId: string;
}

/** The write of a single resource. */
export function singleWrite(write: ResourceWrite, by: WrittenBy): WriteUnit {
  return {
    keys: [keyOf(write)],
    bytes: write.line?.length ?? 0,
    isAlone: false,
    by,
    writes: () => Promise.resolve([write]),
  };
}
