import type { DataSource, QueryRunner } from 'typeorm';

import { isFhirId } from '@app/fhir';

import type { AuditEvent, AuditLog } from '../audit';
import type { GroupCharacteristic, GroupIdentifier } from './group';
import { changeGroup, type GroupChange } from './group-change';
import { GROUP_AS_OF } from './group-text';
import {
  GroupExistsError,
  GroupNotFoundError,
  InvalidGroupInputError,
  UnknownPatientsError,
} from './groups.errors';
import { IncomingPatients } from './incoming-patients';
import { nameKey } from './name-key';
import { BEGIN, DEFINE, END, END_ALL, END_OTHER_TERMS, LIST } from './patient-list-statements';

export interface GroupDefinition {
  readonly id: string;
  readonly name: string;
  readonly identifiers?: readonly GroupIdentifier[];
  readonly characteristics?: readonly GroupCharacteristic[];
}

/** How members are added. Bounds of the period are instants; both belong to it. */
export interface MembershipTerms {
  readonly inactive?: boolean;
  readonly periodStart?: string;
  readonly periodEnd?: string;
  /** Add patients that the clinical store does not hold, too. */
  readonly allowUnknown?: boolean;
}

export interface AddedMembers {
  readonly added: number;
  /** Members before, whose flag or period is now another. */
  readonly changed: number;
  readonly unchanged: number;
  readonly unknown: number;
}

export interface GroupSummary {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly version: string;
  readonly lastUpdated: string;
  /** Members in the list, and those of them who are active now. */
  readonly members: number;
  readonly active: number;
}

const MANY = 1000;

type Ids = AsyncIterable<string> | Iterable<string>;

/** Keeps patient lists. Each change is one transaction and one new version of the group. */
export class PatientLists {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
  ) {}

  /** All groups, by id; with `id`, only that one. */
  async list(id?: string): Promise<readonly GroupSummary[]> {
    return this.dataSource.query<GroupSummary[]>(LIST, [id ?? null]);
  }

  /** The FHIR resource of a group as it is now, as JSON on one line. @throws GroupNotFoundError */
  async resource(groupId: string): Promise<string> {
    const [row] = await this.dataSource.query<{ content: string }[]>(GROUP_AS_OF, [
      groupId,
      new Date(),
    ]);
    if (row === undefined) throw new GroupNotFoundError(groupId);
    return row.content;
  }

  /** @throws InvalidGroupInputError, GroupExistsError */
  async create(definition: GroupDefinition): Promise<void> {
    const { id, name, identifiers = [], characteristics = [] } = definition;
    if (!isFhirId(id)) throw new InvalidGroupInputError(`"${id}" is not a FHIR id.`);
    if (name.trim() === '') throw new InvalidGroupInputError('A group needs a name.');
    await this.withRunner((runner) =>
      changeGroup(runner, id, async (change) => {
        if (!change.deleted) throw new GroupExistsError(id);
        await runner.query(DEFINE, [
          id,
          name,
          nameKey(name),
          JSON.stringify(identifiers),
          JSON.stringify(characteristics.map(toFhir)),
        ]);
        await this.record(runner, { action: 'group.created', groupId: id });
        return { version: true, result: undefined };
      }),
    );
  }

  /**
   * Adds patients, of any number; those who are members already get these terms. Idempotent.
   *
   * @throws GroupNotFoundError; InvalidGroupInputError naming the first id that is none;
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
        const changed = await affected(runner, END_OTHER_TERMS, values);
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

  /** Ends memberships. Idempotent. @throws GroupNotFoundError, InvalidGroupInputError */
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

  /** Ends the group and every membership in it. What it was stays on record. @throws GroupNotFoundError */
  async delete(groupId: string): Promise<void> {
    await this.withRunner((runner) =>
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
  private record(runner: QueryRunner, event: Omit<AuditEvent, 'outcome'>): Promise<void> {
    return this.audit.record({ ...event, outcome: 'success' }, runner.manager);
  }

  private withPatients<T>(
    ids: Ids,
    action: (runner: QueryRunner, incoming: IncomingPatients) => Promise<T>,
  ): Promise<T> {
    return this.withRunner(async (runner) => {
      const incoming = await IncomingPatients.collect(runner, ids);
      try {
        return await action(runner, incoming);
      } finally {
        await incoming.drop();
      }
    });
  }

  private async withRunner<T>(action: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await action(runner);
    } finally {
      await runner.release();
    }
  }
}

function mustBeList(groupId: string, change: GroupChange): void {
  if (change.deleted || change.source !== 'patient-list') throw new GroupNotFoundError(groupId);
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

/** Rows that an update or insert touched. */
async function affected(
  runner: QueryRunner,
  sql: string,
  parameters: readonly unknown[],
): Promise<number> {
  const [row] = (await runner.query(
    `with touched as (${sql} returning 1) select count(*)::int as count from touched`,
    [...parameters],
  )) as readonly { readonly count: number }[];
  return row?.count ?? 0;
}
