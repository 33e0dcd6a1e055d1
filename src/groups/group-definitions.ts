import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';

import { isFhirId } from '@app/fhir';

import { type AuditEvent, AuditLog } from '../audit';
import { withRunner } from '../database';
import type { GroupCharacteristic, GroupIdentifier } from './group';
import { affected, changeGroup } from './group-change';
import { LIST, UPDATE } from './group-definitions.sql';
import {
  GroupExistsError,
  GroupNotFoundError,
  InvalidGroupInputError,
  WrongGroupSourceError,
} from './groups.errors';
import { MemberRow } from './member.entity';
import { nameKey } from './name-key';
import { PatientGroupRow } from './patient-group.entity';
import { parseCriteria } from './segment/parse-criteria';

export interface GroupAttributes {
  readonly name: string;
  readonly identifiers?: readonly GroupIdentifier[];
  readonly characteristics?: readonly GroupCharacteristic[];
  /** What makes a group a segment; as docs/groups.md has them, not checked yet. */
  readonly criteria?: unknown;
}

export interface GroupDefinition extends GroupAttributes {
  readonly id: string;
}

export interface GroupSummary {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly version: string;
  readonly lastUpdated: string;
  readonly identifiers: readonly GroupIdentifier[];
  /** As FHIR spells them. */
  readonly characteristics: readonly object[];
  /** Null for a list, whose members are counted here: all, and those who are active now. */
  readonly criteria: unknown;
  /** Null for a segment, whose members nobody knows before they are looked for. */
  readonly members: number | null;
  readonly active: number | null;
}

/** Keeps groups of every source. Each change is one transaction and one new version of the group. */
@Injectable()
export class GroupDefinitions {
  constructor(
    protected readonly dataSource: DataSource,
    private readonly audit: AuditLog,
  ) {}

  /** All groups, by id; with `id`, only that one. */
  async list(id?: string): Promise<readonly GroupSummary[]> {
    return this.dataSource.query<GroupSummary[]>(LIST, [id ?? null]);
  }

  /**
   * Makes a segment when there are criteria, else an empty patient list.
   *
   * @throws InvalidGroupInputError, InvalidCriteriaError, GroupExistsError
   */
  async create(definition: GroupDefinition): Promise<void> {
    const { id } = definition;
    if (!isFhirId(id)) throw new InvalidGroupInputError(`"${id}" is not a FHIR id.`);
    const { criteria = null, ...given } = columnsOf(definition);
    const source = criteria === null ? 'patient-list' : 'segment';
    const nothing = { identifiers: [], characteristics: [], owner: null };
    const group = { ...nothing, ...given, source, criteria, deleted: false };
    await withRunner(this.dataSource, (runner) =>
      changeGroup(runner, id, async ({ deleted }) => {
        if (!deleted) throw new GroupExistsError(id);
        await runner.manager.update(PatientGroupRow, { id }, group);
        await this.record(runner, { action: 'group.created', groupId: id, detail: { source } });
        return { version: true, result: undefined };
      }),
    );
  }

  /**
   * Changes what is given and leaves the rest. Idempotent.
   *
   * @returns whether anything is other than before
   * @throws GroupNotFoundError, InvalidGroupInputError, InvalidCriteriaError; WrongGroupSourceError
   *   for criteria of a patient list
   */
  async update(id: string, changes: Partial<GroupAttributes>): Promise<boolean> {
    const { name, nameKey, identifiers, characteristics, criteria } = columnsOf(changes);
    const json = [identifiers, characteristics, criteria].map((value) => JSON.stringify(value));
    const values = [id, name, nameKey, ...json].map((value) => value ?? null);
    return withRunner(this.dataSource, (runner) =>
      changeGroup(runner, id, async ({ deleted, source }) => {
        if (deleted) throw new GroupNotFoundError(id);
        if (criteria !== undefined && source !== 'segment') {
          throw new WrongGroupSourceError(id, source);
        }
        const changed = (await affected(runner, UPDATE, values)) > 0;
        if (changed) {
          const given = Object.entries(changes).filter(([, value]) => value !== undefined);
          const detail = { attributes: given.map(([attribute]) => attribute) };
          await this.record(runner, { action: 'group.changed', groupId: id, detail });
        }
        return { version: changed, result: changed };
      }),
    );
  }

  /** Ends the group and every membership in it. What it was stays on record. @throws GroupNotFoundError */
  async delete(groupId: string): Promise<void> {
    await withRunner(this.dataSource, (runner) =>
      changeGroup(runner, groupId, async (change) => {
        if (change.deleted) throw new GroupNotFoundError(groupId);
        await endMemberships(runner.manager, groupId, change.at);
        await runner.manager.update(PatientGroupRow, { id: groupId }, { deleted: true });
        await this.record(runner, { action: 'group.deleted', groupId });
        return { version: true, result: undefined };
      }),
    );
  }

  /** In the transaction of the change: both are kept or neither. */
  protected record(runner: QueryRunner, event: Omit<AuditEvent, 'outcome'>): Promise<void> {
    return this.audit.record({ ...event, outcome: 'success' }, runner.manager);
  }
}

type Columns = Partial<
  Pick<PatientGroupRow, 'name' | 'nameKey' | 'identifiers' | 'characteristics' | 'criteria'>
>;

/** Attributes as the table has them. @throws InvalidGroupInputError, InvalidCriteriaError */
function columnsOf(attributes: Partial<GroupAttributes>): Columns {
  const { name, identifiers, characteristics, criteria } = attributes;
  if (name?.trim() === '') throw new InvalidGroupInputError('A group needs a name.');
  if (criteria !== undefined) parseCriteria(criteria);
  return {
    ...(name !== undefined && { name, nameKey: nameKey(name) }),
    ...(identifiers && { identifiers }),
    ...(characteristics && { characteristics: characteristics.map(toFhir) }),
    // An object, as parseCriteria has found.
    ...(criteria !== undefined && { criteria: criteria }),
  };
}

/** @param at the instant of the change, which may be finer than a Date */
async function endMemberships(manager: EntityManager, groupId: string, at: string): Promise<void> {
  await manager
    .createQueryBuilder()
    .update(MemberRow)
    .set({ removedAt: () => 'cast(:at as timestamptz)' })
    .where(`group_id = :groupId and removed_at = 'infinity'`, { groupId, at })
    .execute();
}

function toFhir({ code, value }: GroupCharacteristic): object {
  return {
    code: { coding: [code] },
    ...(typeof value === 'boolean'
      ? { valueBoolean: value }
      : { valueCodeableConcept: { coding: [value] } }),
    exclude: false,
  };
}
