import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock } from '../common';
import type { SqlQuery } from './group';
import { GroupDirectory } from './group-directory.service';
import type { MembershipSource } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';

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

/** Reads groups as FHIR JSON, without ever holding all members of one. */
@Injectable()
export class GroupReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly directory: GroupDirectory,
    private readonly sources: MembershipSourceRegistry,
  ) {}

  /**
   * Undefined when there is no such group. The text is that of this version, however slowly read.
   *
   * @throws FhirError 422 for a group that cannot be resolved to members (GR-09)
   */
  async read(id: string): Promise<GroupRepresentation | undefined> {
    const group = await this.directory.find(id);
    if (group === undefined) return undefined;
    const source = this.sources.of(group);
    const [head] = await this.query<Head>(
      await source.head(id, this.clock.present().toISOString()),
    );
    if (head === undefined) return undefined;
    return {
      version: head.version,
      lastUpdated: new Date(head.last_updated),
      text: () => this.text(id, head, source),
    };
  }

  private async *text(id: string, head: Head, source: MembershipSource): AsyncGenerator<string> {
    yield head.text;
    let separator = ',"member":[';
    let chunk = NO_MEMBERS;
    do {
      const page = { at: head.last_updated, after: chunk.last, limit: MEMBERS_PER_READ };
      const [next = NO_MEMBERS] = await this.query<MemberChunk>(await source.memberPage(id, page));
      chunk = next;
      if (chunk.count > 0) {
        yield `${separator}${chunk.text}`;
        separator = ',';
      }
    } while (chunk.count === MEMBERS_PER_READ);
    yield separator === ',' ? ']}' : '}';
  }

  private query<T>({ sql, parameters }: SqlQuery): Promise<T[]> {
    return this.dataSource.query<T[]>(sql, [...parameters]);
  }
}
