import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock, FhirError } from '../common';
import { queryUnlogged } from '../database';
import type { GroupRecord, SqlQuery } from './group';
import { GroupDirectory } from './group-directory.service';
import type { MembershipSource } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';
import { needsMembers, type ShownElements } from './search/shown-elements';
import { type FoundMembers, SegmentMembers } from './segment/segment-members.service';
import { memberText } from './segment/segment-text';

/** Two to four megabytes of text. More of them would find a segment's members more often. */
const MEMBERS_PER_READ = 50_000;

/** The present version of a group, its JSON yet to be read. */
export interface GroupRepresentation {
  readonly version: string;
  readonly lastUpdated: Date;
  /** The resource as JSON text, in pieces of bounded size. */
  text(): AsyncGenerator<string>;
}

interface Head {
  readonly version: string;
  readonly last_updated: string;
  readonly text: string;
}

interface MemberChunk {
  readonly count: number;
  readonly text: string;
  readonly last: string;
}

const NO_MEMBERS: MemberChunk = { count: 0, text: '', last: '' };
const TEXTS_AT_ONCE = 5000;

/** What a group is read from. */
interface Read {
  readonly head: Head;
  readonly source: MembershipSource;
  readonly shown: ShownElements;
  /** Of segments. */
  readonly found: FoundMembers | undefined;
  readonly isForOwner: boolean;
  /** Its members are looked for, which costs: a few at a time. */
  readonly inTurn: boolean;
}

/** Whether members are found when they are asked for, not kept. */
function isFound({ source }: GroupRecord): boolean {
  return source !== 'patient-list';
}

function* textsOf(ids: readonly string[]): Generator<string> {
  for (let from = 0; from < ids.length; from += TEXTS_AT_ONCE) {
    yield ids
      .slice(from, from + TEXTS_AT_ONCE)
      .map(memberText)
      .join(',');
  }
}

/** Reads groups as FHIR JSON, without ever holding all members of one. */
@Injectable()
export class GroupReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly directory: GroupDirectory,
    private readonly sources: MembershipSourceRegistry,
    private readonly segments: SegmentMembers,
  ) {}

  /**
   * Undefined when there is no such group. The text is that of this version, however slowly read.
   *
   * @param isForOwner whether whoever reads keeps the group
   * @throws FhirError 422 for a group that cannot be resolved to members (GR-09)
   */
  async read(
    id: string,
    shown: ShownElements,
    isForOwner = false,
  ): Promise<GroupRepresentation | undefined> {
    const group = await this.directory.find(id);
    if (group === undefined) return undefined;
    const source = this.sources.of(group);
    const found = needsMembers(shown) ? await this.found(group) : undefined;
    const now = found?.at ?? this.clock.present().toISOString();
    const headQuery = await source.head(id, { now, shown, count: found?.count });
    // Of an app's group all members are found once more, to count them.
    const isCostly = group.owner !== null && needsMembers(shown);
    const [head] = await this.take(isCostly, () => this.query<Head>(headQuery));
    if (head === undefined) return undefined;
    return {
      version: head.version,
      lastUpdated: new Date(head.last_updated),
      text: () => this.text(id, { head, source, shown, found, isForOwner, inTurn: isFound(group) }),
    };
  }

  /**
   * Finds the members of groups beforehand, so that a reader waits, and is refused, before an answer begins.
   *
   * @throws FhirError 503 when too many are being found
   */
  async prepare(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const group = await this.directory.find(id);
      if (group === undefined) continue;
      await this.found(group).catch((error: unknown) => {
        // Who cannot be resolved is told where the group is shown.
        if (!(error instanceof FhirError) || error.status === 503) throw error;
      });
    }
  }

  private async found(group: GroupRecord): Promise<FoundMembers | undefined> {
    return group.source === 'segment' ? this.segments.of(group) : undefined;
  }

  private async *text(id: string, read: Read): AsyncGenerator<string> {
    yield read.head.text;
    if (!read.shown.has('member')) {
      yield '}';
      return;
    }
    let separator = ',"member":[';
    for await (const text of this.members(id, read)) {
      yield `${separator}${text}`;
      separator = ',';
    }
    yield separator === ',' ? ']}' : '}';
  }

  /** Those who were found; then, of a list or a very large segment, pages of the others. */
  private async *members(
    id: string,
    { head, source, found, isForOwner, inTurn }: Read,
  ): AsyncGenerator<string> {
    let last = '';
    if (found) {
      yield* textsOf(found.ids);
      if (found.count === found.ids.length) return;
      last = found.ids.at(-1) ?? '';
    }
    let count: number;
    do {
      const page = { at: head.last_updated, after: last, limit: MEMBERS_PER_READ, isForOwner };
      const query = await source.memberPage(id, page);
      const read = (): Promise<readonly MemberChunk[]> => this.query<MemberChunk>(query);
      const [chunk = NO_MEMBERS] = await this.take(inTurn, read);
      if (chunk.count > 0) yield chunk.text;
      ({ count, last } = chunk);
    } while (count === MEMBERS_PER_READ);
  }

  private take<T>(inTurn: boolean, read: () => Promise<T>): Promise<T> {
    return inTurn ? this.segments.inTurn(read) : read();
  }

  private query<T>({ sql, parameters }: SqlQuery): Promise<readonly T[]> {
    return queryUnlogged<T>(this.dataSource, sql, parameters);
  }
}
