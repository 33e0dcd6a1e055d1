import { randomUUID } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';

import { isResourceType } from '@app/fhir';

import { type AuditAction, type AuditEvent, AuditLog } from '../../audit';
import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { KeySource } from '../client-keys/key-source';
import type { App, AppLimits, Licence } from './app';
import { AppRow } from './app.entity';
import { AppExistsError, AppNotFoundError, InvalidAppError } from './apps.errors';
import { givenOwnGroups, ownGroupsLicence } from './own-groups-licence';
import {
  changedLicence,
  checkedLimits,
  checkedWeight,
  checkRegistration,
  isClientId,
  keySource,
  type LicenceChange,
  type Registration,
  type ValidRegistration,
} from './registration';
import { writeLicence } from './write-licence';

/** What the registry needs of the configuration. */
type RegistryConfig = Pick<Config, 'auth' | 'resourceTypes'>;

/** The registered apps. Every change is audited in the transaction that makes it. */
@Injectable()
export class AppRegistry {
  constructor(
    @InjectRepository(AppRow) private readonly apps: Repository<AppRow>,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  /** The app, disabled or not; undefined when there is none. */
  async find(id: string): Promise<App | undefined> {
    if (!isClientId(id)) return undefined;
    const row = await this.apps.findOneBy({ id });
    return row ? toApp(row) : undefined;
  }

  /** All apps, oldest first. */
  async list(): Promise<readonly App[]> {
    const rows = await this.apps.find({ order: { createdAt: 'asc', id: 'asc' } });
    return rows.map(toApp);
  }

  /**
   * Registers an app, under an id that nobody can guess unless one is given.
   *
   * @throws InvalidAppError with every fault at once; AppExistsError
   */
  async register(registration: Registration): Promise<App> {
    const valid = checkRegistration(registration, {
      allowPrivateAddresses: this.config.auth.allowPrivateJwksAddresses,
      offered: this.config.resourceTypes,
    });
    const row = newRow(valid, this.clock.now());
    const app = await this.audited('app.registered', row.id, async (manager) => {
      const insert = manager.createQueryBuilder().insert().into(AppRow).values(row);
      const result = await insert.orIgnore().returning('id').execute();
      const inserted = result.raw as readonly unknown[]; // the rows of RETURNING
      if (inserted.length === 0) throw new AppExistsError(row.id);
    });
    return { ...app, notes: valid.foreignKeys.map(leftOut) };
  }

  /** Ends the use of an app at once, tokens included. Idempotent. @throws AppNotFoundError */
  async disable(id: string): Promise<App> {
    return this.change('app.disabled', id, { disabledAt: this.clock.now() });
  }

  /** Lets a disabled app be used again. Idempotent. @throws AppNotFoundError */
  async enable(id: string): Promise<App> {
    return this.change('app.enabled', id, { disabledAt: null });
  }

  /**
   * Replaces the app's keys; the old ones stop working at once (RG-10).
   *
   * @throws InvalidAppError, AppNotFoundError
   */
  async rotateKeys(id: string, keys: Pick<Registration, 'jwks' | 'jwksUrl'>): Promise<App> {
    const given = keySource(keys, this.config.auth.allowPrivateJwksAddresses);
    if (!given) throw new InvalidAppError(['Give the new JWKS or JWKS URL.'], ['jwks']);
    const app = await this.change('app.rotated', id, keyColumns(given.source));
    return { ...app, notes: given.foreign.map(leftOut) };
  }

  /**
   * Changes what the app may export, from its next request on. What is left out stays.
   *
   * @throws InvalidAppError, AppNotFoundError
   */
  async changeLicence(id: string, change: LicenceChange): Promise<App> {
    return this.audited('app.licensed', id, async (manager) => {
      const row = await manager.findOne(AppRow, {
        where: { id },
        lock: { mode: 'pessimistic_write' },
      });
      if (!row) throw new AppNotFoundError(id);
      const licence = changedLicence(toApp(row), change, this.config.resourceTypes);
      const values = { ...licenceColumns(licence), updatedAt: this.clock.now() };
      await manager.update(AppRow, { id }, values);
      return recorded(licence);
    });
  }

  /**
   * Changes the app's share of the workers, from the next part on.
   *
   * @throws InvalidAppError, AppNotFoundError
   */
  async changeWeight(id: string, weight: number): Promise<App> {
    const row = { weight: checkedWeight(weight), updatedAt: this.clock.now() };
    return this.audited('app.weighted', id, async (manager) => {
      await manager.update(AppRow, { id }, row);
      return { weight };
    });
  }

  /**
   * Replaces the app's own limits, from the next kick-off and plan on; what has begun goes on.
   *
   * @throws InvalidAppError, AppNotFoundError
   */
  async changeLimits(id: string, limits: AppLimits): Promise<App> {
    const { running, queued } = checkedLimits(limits);
    const row = { maxRunning: running ?? null, maxQueued: queued ?? null };
    return this.audited('app.limited', id, async (manager) => {
      await manager.update(AppRow, { id }, { ...row, updatedAt: this.clock.now() });
      return { running: running ?? 'as set', queued: queued ?? 'as set' };
    });
  }

  private async change(action: AuditAction, id: string, values: Partial<AppRow>): Promise<App> {
    return this.audited(action, id, async (manager) => {
      await manager.update(AppRow, { id }, { ...values, updatedAt: this.clock.now() });
    });
  }

  private async audited(
    action: AuditAction,
    id: string,
    change: (manager: EntityManager) => Promise<AuditEvent['detail']>,
  ): Promise<App> {
    return this.apps.manager.transaction(async (manager) => {
      const detail = await change(manager);
      const row = await manager.findOneBy(AppRow, { id });
      if (!row) throw new AppNotFoundError(id);
      await this.audit.record({ action, outcome: 'success', appId: id, detail }, manager);
      return toApp(row);
    });
  }
}

function leftOut(reason: string): string {
  return `${reason.replace(/\.$/, '')}, and is left out.`;
}

function newRow({ id, name, type, keys, licence }: ValidRegistration, now: Date): Readonly<AppRow> {
  return {
    id: id ?? randomUUID(),
    name,
    type,
    ...keyColumns(keys),
    ...licenceColumns(licence),
    weight: 1,
    maxRunning: null,
    maxQueued: null,
    createdAt: now,
    updatedAt: now,
    disabledAt: null,
  };
}

type LicenceColumns =
  | 'allGroups'
  | 'groups'
  | 'resourceTypes'
  | 'allFeeds'
  | 'feeds'
  | 'fhirWrites'
  | 'ownGroups'
  | 'ownGroupMembers'
  | 'choosesFromEveryone';

function licenceColumns({
  allGroups,
  groups,
  resourceTypes,
  writes,
  ownGroups,
}: Licence): Pick<AppRow, LicenceColumns> {
  return {
    allGroups,
    groups: [...groups],
    resourceTypes: resourceTypes ? [...resourceTypes] : null,
    allFeeds: writes?.allFeeds ?? false,
    feeds: [...(writes?.feeds ?? [])],
    fhirWrites: writes?.fhirWrites ?? false,
    ...ownGroupsColumns(ownGroups),
  };
}

function ownGroupsColumns(
  licence: Licence['ownGroups'],
): Pick<AppRow, 'ownGroups' | 'ownGroupMembers' | 'choosesFromEveryone'> {
  return {
    ownGroups: licence?.groups ?? null,
    ownGroupMembers: licence?.members ?? null,
    choosesFromEveryone: licence?.population === 'everyone',
  };
}

/** A licence as the audit record has it. */
function recorded({
  allGroups,
  groups,
  resourceTypes,
  writes,
  ownGroups,
}: Licence): AuditEvent['detail'] {
  return {
    groups: allGroups ? 'all' : groups,
    resourceTypes: resourceTypes ?? 'all',
    feeds: writes?.allFeeds ? 'all' : (writes?.feeds ?? []),
    fhirWrites: writes?.fhirWrites ?? false,
    ...givenOwnGroups(ownGroups),
  };
}

function keyColumns(keys: KeySource | undefined): Pick<AppRow, 'jwks' | 'jwksUrl'> {
  return {
    jwks: keys?.kind === 'inline' ? keys.jwks : null,
    jwksUrl: keys?.kind === 'url' ? keys.url : null,
  };
}

function toApp(row: AppRow): App {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    keys: toKeySource(row),
    licence: {
      allGroups: row.allGroups,
      groups: row.groups,
      resourceTypes: row.resourceTypes?.filter(isResourceType),
      writes: writeLicence(row),
      ownGroups: ownGroupsLicence({
        ownGroups: row.ownGroups ?? 0,
        ownGroupMembers: row.ownGroupMembers ?? undefined,
        choosesFromEveryone: row.choosesFromEveryone,
      }),
    },
    weight: row.weight,
    limits: { running: row.maxRunning ?? undefined, queued: row.maxQueued ?? undefined },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    disabledAt: row.disabledAt ?? undefined,
  };
}

function toKeySource({ jwks, jwksUrl }: AppRow): KeySource | undefined {
  if (jwks) return { kind: 'inline', jwks };
  return jwksUrl === null ? undefined : { kind: 'url', url: jwksUrl };
}
