import { Injectable } from '@nestjs/common';
import type { QueryRunner } from 'typeorm';

import { withRunner } from '../database';
import { affected, changeGroup, type GroupChange } from './group-change';
import { GroupDefinitions } from './group-definitions';
import { GroupNotFoundError, UnknownPatientsError, WrongGroupSourceError } from './groups.errors';
import { IncomingPatients } from './incoming-patients';
import { BEGIN, END, END_OTHER_TERMS } from './patient-lists.sql';

/** How members are added. Bounds of the period are instants; both belong to it. */
export interface MembershipTerms {
  readonly inactive?: boolean;
  readonly periodStart?: string;
  readonly periodEnd?: string;
  /** Add patients that the clinical store does not hold, too. */
  readonly allowUnknown?: boolean;
  /** Leave those who are members already as they are. */
  readonly onlyNew?: boolean;
}

export interface AddedMembers {
  readonly added: number;
  /** Members before, whose flag or period is now another. */
  readonly changed: number;
  readonly unchanged: number;
  readonly unknown: number;
}

const MANY = 1000;

type Ids = AsyncIterable<string> | Iterable<string>;

/** Keeps the members of patient lists, besides what groups of every source have. */
@Injectable()
export class PatientLists extends GroupDefinitions {
  /**
   * Adds patients, of any number; those who are members already get these terms, or stay as they are.
   * Idempotent.
   *
   * @throws GroupNotFoundError, WrongGroupSourceError; InvalidGroupInputError naming the first id that is none;
   *   UnknownPatientsError unless they are allowed
   */
  async add(groupId: string, patientIds: Ids, terms: MembershipTerms = {}): Promise<AddedMembers> {
    const { inactive = false, periodStart = null, periodEnd = null } = terms;
    return this.withPatients(patientIds, async (runner, incoming) => {
      const added = await changeGroup(runner, groupId, async (change) => {
        mustBeList(groupId, change);
        const unknown = await incoming.unknown();
        if (unknown.count > 0 && terms.allowUnknown !== true) {
          throw new UnknownPatientsError(unknown.count, unknown.examples);
        }
        const values = [groupId, change.at, inactive, periodStart, periodEnd];
        const changed = terms.onlyNew ? 0 : await affected(runner, END_OTHER_TERMS, values);
        const begun = await affected(runner, BEGIN, values);
        const result: AddedMembers = {
          added: begun - changed,
          changed,
          unchanged: (await incoming.count()) - begun,
          unknown: unknown.count,
        };
        if (begun > 0)
          await this.record(runner, { action: 'group.changed', groupId, detail: { ...result } });
        return { version: begun > 0, result };
      });
      // Until autovacuum comes by, PostgreSQL would plan as if the list were still short.
      if (added.added > MANY) await runner.query('analyze groups.member');
      return added;
    });
  }

  /** Ends memberships. Idempotent. @throws as add does */
  async remove(groupId: string, patientIds: Ids): Promise<{ readonly removed: number }> {
    return this.withPatients(patientIds, (runner) =>
      changeGroup(runner, groupId, async (change) => {
        mustBeList(groupId, change);
        const removed = await affected(runner, END, [groupId, change.at]);
        if (removed > 0) {
          await this.record(runner, { action: 'group.changed', groupId, detail: { removed } });
        }
        return { version: removed > 0, result: { removed } };
      }),
    );
  }

  private withPatients<T>(
    ids: Ids,
    action: (runner: QueryRunner, incoming: IncomingPatients) => Promise<T>,
  ): Promise<T> {
    return withRunner(this.dataSource, async (runner) => {
      const incoming = await IncomingPatients.collect(runner, ids);
      try {
        return await action(runner, incoming);
      } finally {
        await incoming.drop();
      }
    });
  }
}

function mustBeList(groupId: string, { deleted, source }: GroupChange): void {
  if (deleted) throw new GroupNotFoundError(groupId);
  if (source !== 'patient-list') throw new WrongGroupSourceError(groupId, source);
}
