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
   * Takes the part whose turn it is. The app comes first that has the fewest running parts for its
   * weight, then the one that was given the fewest bytes for it. Of its jobs, the one with the fewest
   * running parts comes first, then the one that has waited longest; of its parts, the largest. Nobody
   * starves: what was given counts, and newcomers line up behind.
   *
   * @param lease in seconds
   * @param full apps that hold all that they may of the caller: nothing of theirs is taken
   * @returns undefined when there is nothing to do, or others are just taking the rest
   */
  async claimNext(lease: number, full: readonly string[] = []): Promise<ClaimedPart | undefined> {
    const { rows } = await withRunner(this.parts.manager.dataSource, (runner) =>
      runPrepared(runner, CLAIM_NEXT, [lease, full, WORKER]),
    );
    const [part] = rows as readonly ClaimRow[];
    if (!part) return undefined;
    const { cohortShare, requestId } = part;
    return { ...part, cohortShare: cohortShare ?? undefined, requestId: requestId ?? undefined };
  }

  /** Frees the parts whose workers have been silent beyond their lease. @returns how many */
  expireLeases(): Promise<number> {
    const changes = { leaseUntil: null, writtenBytes: 0, notBefore: NOW };
    return transitionAll(this.parts.manager, PART_EVENTS.expireLease, changes);
  }

  /** Parts that could be worked on now, counted up to `limit`. */
  async due(limit: number): Promise<number> {
    const [row] = await this.parts.query<{ due: number }[]>(COUNT_DUE, [limit]);
    return row?.due ?? 0;
  }
}

type ClaimRow = Omit<ClaimedPart, 'cohortShare' | 'requestId'> & {
  readonly cohortShare: number | null;
  readonly requestId: string | null;
};
