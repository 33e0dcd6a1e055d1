import { hostname } from 'node:os';

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import { withRunner } from '../../database';
import { NOW } from './changes';
import type { ClaimedPart } from './job-record';
import { PART_EVENTS } from './job-states';
import { CLAIM_NEXT, COUNT_DUE } from './part-claims.sql';
import { PartRow } from './part.entity';
import { runPrepared } from './prepared';
import { transitionAll } from './transition';

/** This process, as operators find it: in Kubernetes the host is the pod. */
const WORKER = `${hostname()}:${process.pid}`;

/** Hands parts out to workers, one after the other, in turns that are fair to all apps and jobs. */
@Injectable()
export class PartClaims {
  constructor(@InjectRepository(PartRow) private readonly parts: Repository<PartRow>) {}

  /**
   * Takes the part whose turn it is, and small parts of the same job along with it. The app comes first that has the fewest running parts for its
   * weight, then the one that was given the fewest bytes for it. Of its jobs, the one with the fewest
   * running parts comes first, then the one that has waited longest; of its parts, the largest. Nobody
   * starves: what was given counts, and newcomers line up behind.
   *
   * @param lease in seconds
   * @param together what parts that are taken together may cost, in bytes
   * @param full apps that hold all that they may of the caller: nothing of theirs is taken
   * @returns undefined when there is nothing to do, or others are just taking the rest
   */
  async claimNext(
    lease: number,
    together: number,
    full: readonly string[] = [],
  ): Promise<ClaimedParts | undefined> {
    const { rows } = await withRunner(this.parts.manager.dataSource, (runner) =>
      runPrepared(runner, CLAIM_NEXT, [lease, full, WORKER, together]),
    );
    const [first, ...along] = (rows as readonly ClaimRow[]).map(toPart);
    return first && { appId: first.appId, parts: [first, ...along] };
  }

  /** Frees the parts whose workers have been silent beyond their lease. @returns how many */
  expireLeases(): Promise<number> {
    const changes = { leaseUntil: null, writtenBytes: 0, notBefore: NOW };
    return transitionAll(this.parts.manager, PART_EVENTS.expireLease, changes);
  }

  /** Claims that could be made now, of parts counted up to `limit`. @param together as for `claimNext` */
  async due(limit: number, together: number): Promise<number> {
    const [row] = await this.parts.query<{ due: number }[]>(COUNT_DUE, [limit, together]);
    return row?.due ?? 0;
  }
}

/** Parts of one job that are worked on together, the most costly first. */
export interface ClaimedParts {
  readonly appId: string;
  readonly parts: readonly [ClaimedPart, ...ClaimedPart[]];
}

type ClaimRow = Omit<ClaimedPart, 'cohortShare' | 'requestId'> & {
  readonly cohortShare: number | null;
  readonly requestId: string | null;
};

function toPart(row: ClaimRow): ClaimedPart {
  const { cohortShare, requestId } = row;
  return { ...row, cohortShare: cohortShare ?? undefined, requestId: requestId ?? undefined };
}
