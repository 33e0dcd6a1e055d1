import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock } from '../common';
import { GROUP_HEAD, GROUP_MEMBERS } from './group-text';

const MEMBERS_PER_READ = 10_000;

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
  ) {}

  /** Undefined when there is no such group. The text is that of this version, however slowly read. */
  async read(id: string): Promise<GroupRepresentation | undefined> {
    const [head] = await this.dataSource.query<Head[]>(GROUP_HEAD, [id, this.clock.now()]);
    if (head === undefined) return undefined;
    return {
      version: head.version,
      lastUpdated: new Date(head.last_updated),
      text: () => this.text(id, head),
    };
  }

  private async *text(id: string, head: Head): AsyncGenerator<string> {
    yield head.text;
    let separator = ',"member":[';
    let chunk: MemberChunk | undefined;
    do {
      chunk = await this.members(id, head.last_updated, chunk?.last ?? '');
      if (chunk.count > 0) {
        yield `${separator}${chunk.text}`;
        separator = ',';
      }
    } while (chunk.count === MEMBERS_PER_READ);
    yield separator === ',' ? ']}' : '}';
  }

  private async members(id: string, at: string, after: string): Promise<MemberChunk> {
    const [chunk] = await this.dataSource.query<MemberChunk[]>(GROUP_MEMBERS, [
      id,
      at,
      after,
      MEMBERS_PER_READ,
    ]);
    return chunk ?? NO_MEMBERS;
  }
}
