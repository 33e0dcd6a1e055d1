import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

import { isFhirId } from '@app/fhir';

import { type AuditEvent, AuditLog } from '../audit';
import { withRunner } from '../database';
import type { GroupCharacteristic, GroupIdentifier } from './group';
import { affected, changeGroup } from './group-change';
import { DEFINE, END_ALL, LIST, UPDATE } from './group-definition-statements';
import {
  GroupExistsError,
  GroupNotFoundError,
  InvalidGroupInputError,
  WrongGroupSourceError,
} from './groups.errors';
import { nameKey } from './name-key';
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
    const { name, key, identifiers = '[]', characteristics = '[]', criteria } = columns(definition);
    const source = criteria === undefined ? 'patient-list' : 'segment';
    await withRunner(this.dataSource, (runner) =>
      changeGroup(runner, id, async ({ deleted }) => {
        if (!deleted) throw new GroupExistsError(id);
        const values = [id, source, name, key, identifiers, characteristics, criteria ?? null];
        await runner.query(DEFINE, values);
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
    const { name, key, identifiers, characteristics, criteria } = columns(changes);
    const values = [id, name, key, identifiers, characteristics, criteria].map((v) => v ?? null);
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
        await runner.query(END_ALL, [groupId, change.at]);
        await runner.query('update groups.patient_group set deleted = true where id = $1', [
          groupId,
        ]);
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

interface Columns {
  readonly name?: string;
  readonly key?: string;
  readonly identifiers?: string;
  readonly characteristics?: string;
  readonly criteria?: string;
}

/** Attributes as the table has them. @throws InvalidGroupInputError, InvalidCriteriaError */
function columns(attributes: Partial<GroupAttributes>): Columns {
  const { name, identifiers, characteristics, criteria } = attributes;
  if (name?.trim() === '') throw new InvalidGroupInputError('A group needs a name.');
  if (criteria !== undefined) parseCriteria(criteria);
  return {
    ...(name === undefined ? {} : { name, key: nameKey(name) }),
    ...(identifiers === undefined ? {} : { identifiers: JSON.stringify(identifiers) }),
    ...(characteristics === undefined
      ? {}
      : { characteristics: JSON.stringify(characteristics.map(toFhir)) }),
    ...(criteria === undefined ? {} : { criteria: JSON.stringify(criteria) }),
  };
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
