import { Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import { StoreChanges } from '../../clinical-data';
import { Clock, FhirError, RETRY_SOON, Turns } from '../../common';
import type { GroupRecord } from '../group';
import { SegmentSource } from './segment.source';
import type { RecordType } from './versions';

/** More of one segment are found again by those who read them. */
export const MEMBERS_KEPT = 50_000;
/** Of all segments together: some 20 MB. */
const IDS_KEPT = 250_000;
const SEGMENTS_KEPT = 1000;
/** Leaves most of the connections to requests that are quick. */
const AT_ONCE = 2;
const WAIT_MILLISECONDS = 10_000;
/** Whatever criteria may mention. */
const TYPES = [
  ...['Patient', 'Condition', 'Encounter', 'CareTeam', 'PractitionerRole'],
] as const satisfies readonly (RecordType & ResourceType)[];

/** The members of a segment at an instant. */
export interface FoundMembers {
  /** UTC instant. */
  readonly at: string;
  readonly count: number;
  /** By id; the first MEMBERS_KEPT of them. */
  readonly ids: readonly string[];
}

interface Kept extends FoundMembers {
  /** Later writes may have changed the members; undefined: any may. */
  readonly mark: string | undefined;
  /** Time alone changes them from then on, or never. */
  readonly until: string | null;
}

/**
 * The members of segments as they are now, for reading: found once for each state of the store and of the
 * criteria, and shared by all who ask. Exports find theirs as of their own instant.
 */
@Injectable()
export class SegmentMembers {
  private readonly turns = new Turns(AT_ONCE, WAIT_MILLISECONDS, tooBusy);
  private readonly kept = new Map<string, Kept>();
  private readonly running = new Map<string, Promise<Kept>>();

  constructor(
    private readonly segments: SegmentSource,
    private readonly changes: StoreChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Who is in a segment now.
   *
   * @throws FhirError 422 for criteria that cannot be evaluated (GR-09), 503 when too many are being found
   */
  async of(group: GroupRecord): Promise<FoundMembers> {
    const key = `${group.id}/${group.version}`;
    const known = await (this.running.get(key) ?? this.kept.get(key));
    if (known && (await this.isTrueStill(known))) return known;
    // One that runs now has begun after this was asked: it sees what was written before.
    return this.running.get(key) ?? this.begin(key, group);
  }

  /** Runs another costly evaluation of criteria in turn. @throws FhirError 503 */
  inTurn<T>(evaluate: () => Promise<T>): Promise<T> {
    return this.turns.take(evaluate);
  }

  private begin(key: string, group: GroupRecord): Promise<Kept> {
    const run = this.inTurn(() => this.find(group)).then((found) => {
      this.keep(key, found);
      return found;
    });
    const ended = run.finally(() => this.running.delete(key));
    this.running.set(key, ended);
    return ended;
  }

  private async find({ id }: GroupRecord): Promise<Kept> {
    const mark = await this.changes.mark();
    const at = this.clock.present().toISOString();
    const found = await this.segments.find(id, at, MEMBERS_KEPT);
    return { ...found, at, mark };
  }

  /** A version that is later than the instant of evaluation was not looked at. */
  private async isTrueStill({ at, mark, until }: Kept): Promise<boolean> {
    const now = this.clock.present().toISOString();
    if (mark === undefined || now < at || (until !== null && now >= until)) return false;
    return !(await this.changes.haveHappened(TYPES, mark, at));
  }

  private keep(key: string, found: Kept): void {
    this.kept.delete(key);
    this.kept.set(key, found);
    let ids = [...this.kept.values()].reduce((sum, one) => sum + one.ids.length, 0);
    for (const [oldest, { ids: gone }] of this.kept) {
      if (ids <= IDS_KEPT && this.kept.size <= SEGMENTS_KEPT) return;
      this.kept.delete(oldest);
      ids -= gone.length;
    }
  }
}

function tooBusy(): FhirError {
  return new FhirError(
    'The server is busy finding members of other groups. Ask again later, as Retry-After says.',
    { status: 503, code: 'throttled', headers: RETRY_SOON },
  );
}
