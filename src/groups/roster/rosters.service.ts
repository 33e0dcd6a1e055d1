import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

import { type AuditAction, AuditLog } from '../../audit';
import type { OwnGroupsLicence } from '../../auth';
import { FhirError, notFound } from '../../common';
import { withRunner } from '../../database';
import type { MemberCriteria } from '../filtered/member-filter';
import type { GroupIdentifier } from '../group';
import { affected, changeGroup, type GroupChange } from '../group-change';
import { nameKey } from '../name-key';
import { PatientGroupRow } from '../patient-group.entity';
import { endRoster } from './end-roster';
import { type Entries, tooManyMembers, withIncoming } from './incoming-entries';
import { BEGIN, COUNT, END, END_OTHERS, END_OTHER_TERMS, LOCK_KEEPER } from './roster.sql';

/** The app that keeps rosters, and what it may. */
export interface Keeper {
  readonly appId: string;
  readonly licence: OwnGroupsLicence;
  readonly requestId: string;
}

export interface RosterAttributes {
  readonly name: string;
  readonly identifiers: readonly GroupIdentifier[];
  /** Of a group whose members are found by searches. */
  readonly criteria: MemberCriteria | null;
}

/** What became of a roster. */
export interface KeptRoster {
  readonly id: string;
  readonly version: string;
  readonly added: number;
  readonly removed: number;
}

/** By which means entries come or go. */
export type Means = 'resource' | 'operation' | 'upload';

/** A change of the entries: both count the rows that they touch. */
interface EntryChange {
  readonly added: number;
  readonly removed: number;
}

/** Keeps the groups of apps. Each change is one transaction, one version of the group, and on record. */
@Injectable()
export class Rosters {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
  ) {}

  /** @throws FhirError 422 for one group, or one member, too many */
  create(keeper: Keeper, attributes: RosterAttributes, entries: Entries): Promise<KeptRoster> {
    const id = randomUUID();
    return this.withEntries(keeper, entries, (runner) =>
      this.change(
        runner,
        { keeper, id, action: 'roster.created', means: 'resource' },
        async (change) => {
          await this.requireRoom(runner, keeper);
          const { appId: owner } = keeper;
          const columns = { ...columnsOf(attributes), characteristics: [], owner };
          await runner.manager.update(PatientGroupRow, { id }, { ...columns, deleted: false });
          return { added: await affected(runner, BEGIN, [id, change.at]), removed: 0 };
        },
      ),
    );
  }

  /**
   * Puts attributes and entries in place of those before.
   *
   * @param expected the version that must be there
   * @throws FhirError 404 for a group that the app does not keep, 412, 422
   */
  replace(
    keeper: Keeper,
    { id, expected, ...attributes }: RosterAttributes & AskedRoster,
    entries: Entries,
  ): Promise<KeptRoster> {
    return this.withEntries(keeper, entries, (runner) =>
      this.change(
        runner,
        { keeper, id, expected, action: 'roster.changed', means: 'resource' },
        async ({ at }) => {
          await runner.manager.update(PatientGroupRow, { id }, columnsOf(attributes));
          const removed = await affected(runner, END_OTHERS, [id, at]);
          return addTo(await this.begin(runner, id, at), { added: 0, removed });
        },
      ),
    );
  }

  /** Adds entries; those that are there get these terms. Idempotent. @throws as replace does */
  add(keeper: Keeper, { id, expected, means }: AskedChange, entries: Entries): Promise<KeptRoster> {
    return this.withEntries(keeper, entries, (runner) =>
      this.change(runner, { keeper, id, expected, action: 'roster.changed', means }, ({ at }) =>
        this.begin(runner, id, at),
      ),
    );
  }

  /** Idempotent. @throws as replace does */
  remove(
    keeper: Keeper,
    { id, expected, means }: AskedChange,
    entries: Entries,
  ): Promise<KeptRoster> {
    return this.withEntries(keeper, entries, (runner) =>
      this.change(
        runner,
        { keeper, id, expected, action: 'roster.changed', means },
        async ({ at }) => ({
          added: 0,
          removed: await affected(runner, END, [id, at]),
        }),
      ),
    );
  }

  /** Its entries end with it. What it was stays on record. @throws FhirError 404, 412 */
  delete(keeper: Keeper, { id, expected }: AskedRoster): Promise<KeptRoster> {
    return withRunner(this.dataSource, (runner) =>
      this.change(
        runner,
        { keeper, id, expected, action: 'roster.deleted', means: 'resource' },
        async ({ at }) => ({ added: 0, removed: await endRoster(runner, id, at) }),
      ),
    );
  }

  private withEntries<T>(
    { licence }: Keeper,
    entries: Entries,
    action: (runner: QueryRunner) => Promise<T>,
  ): Promise<T> {
    return withRunner(this.dataSource, (runner) =>
      withIncoming(runner, entries, licence.members, () => action(runner)),
    );
  }

  private async begin(runner: QueryRunner, id: string, at: string): Promise<EntryChange> {
    const removed = await affected(runner, END_OTHER_TERMS, [id, at]);
    return { added: await affected(runner, BEGIN, [id, at]), removed };
  }

  private change(
    runner: QueryRunner,
    { keeper, id, expected, action, means }: AskedByKeeper,
    changeEntries: (change: GroupChange) => Promise<EntryChange>,
  ): Promise<KeptRoster> {
    return changeGroup(runner, id, async (change) => {
      const before = await requireKept(runner, keeper, {
        id,
        expected,
        isNew: action === 'roster.created',
      });
      if (means !== 'resource' && change.source === 'filtered') throw membersAreFound();
      const changed = await changeEntries(change);
      const members = await countOf(runner, id);
      if (members > keeper.licence.members) throw tooManyMembers(keeper.licence.members);
      await this.audit.record(
        {
          ...{ action, outcome: 'success', appId: keeper.appId, groupId: id },
          requestId: keeper.requestId,
          detail: { means, ...changed, members },
        },
        runner.manager,
      );
      const version = String(BigInt(before) + 1n);
      return { version: true, result: { id, version, ...changed } };
    });
  }

  private async requireRoom(runner: QueryRunner, { appId, licence }: Keeper): Promise<void> {
    await runner.query(LOCK_KEEPER, [appId]);
    const kept = await runner.manager.countBy(PatientGroupRow, { owner: appId, deleted: false });
    if (kept < licence.groups) return;
    throw new FhirError(
      `This app may keep ${licence.groups} groups at a time, and has as many. Delete one, or ask the operator.`,
      { status: 422, code: 'too-costly', expression: ['Group'] },
    );
  }
}

interface AskedRoster {
  readonly id: string;
  readonly expected?: bigint | undefined;
}

interface AskedChange extends AskedRoster {
  readonly means: Means;
}

interface AskedByKeeper extends AskedChange {
  readonly keeper: Keeper;
  readonly action: AuditAction;
}

/** @returns the version before. @throws FhirError 404 for what the app does not keep, 412 */
async function requireKept(
  runner: QueryRunner,
  { appId }: Keeper,
  { id, expected, isNew }: AskedRoster & { readonly isNew: boolean },
): Promise<string> {
  const row = await runner.manager.findOneBy(PatientGroupRow, { id });
  if (isNew) return row?.version ?? '0';
  if (!row || row.deleted || row.owner !== appId) throw notKept();
  if (expected !== undefined && expected !== BigInt(row.version))
    throw changedMeanwhile(row.version);
  return row.version;
}

async function countOf(runner: QueryRunner, id: string): Promise<number> {
  const [row] = (await runner.query(COUNT, [id])) as readonly { readonly count: number }[];
  return row?.count ?? 0;
}

type Columns = Pick<PatientGroupRow, 'name' | 'nameKey' | 'identifiers' | 'source' | 'criteria'>;

function columnsOf({ name, identifiers, criteria }: RosterAttributes): Columns {
  const source = criteria === null ? 'roster' : 'filtered';
  return { name, nameKey: nameKey(name), identifiers, source, criteria };
}

function membersAreFound(): FhirError {
  return new FhirError(
    'The members of this group are found by its member-filter: they are neither added nor removed. Replace the group to change that.',
    { status: 422, code: 'not-supported', expression: ['Group.modifierExtension'] },
  );
}

function addTo(one: EntryChange, other: EntryChange): EntryChange {
  return { added: one.added + other.added, removed: one.removed + other.removed };
}

function notKept(): FhirError {
  return notFound('This app keeps no such group. [base]/Group lists the groups that it may use.');
}

function changedMeanwhile(version: string): FhirError {
  return new FhirError(
    `The group has version ${version}, not the one that If-Match expects. Nothing was changed: read it again.`,
    { status: 412, code: 'conflict', expression: ['If-Match'] },
  );
}
