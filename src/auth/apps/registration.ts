import { isFhirId, quoted, type ResourceType } from '@app/fhir';

import { readInlineJwks } from '../client-keys/jwks';
import type { KeySource } from '../client-keys/key-source';
import { isPublicAddressLiteral } from '../client-keys/public-address';
import { type App, APP_TYPES, type AppType, type Licence, type AppLimits } from './app';
import { InvalidAppError } from './apps.errors';
import {
  type GivenOwnGroups,
  givenOwnGroups,
  ownGroupsFaults,
  ownGroupsLicence,
} from './own-groups-licence';
import { changedWrites, feedFaults, type GivenWriteLicence, writeLicence } from './write-licence';

/** What an operator hands in, from the command line or over HTTP: nothing is trusted yet. */
export interface Registration {
  readonly id?: string;
  readonly name: string;
  readonly type: string;
  readonly jwks?: unknown;
  readonly jwksUrl?: string;
  readonly allGroups?: boolean;
  readonly groups?: readonly string[];
  readonly resourceTypes?: readonly string[];
  readonly allFeeds?: boolean;
  readonly feeds?: readonly string[];
  readonly fhirWrites?: boolean;
  readonly ownGroups?: number;
  readonly ownGroupMembers?: number;
  readonly choosesFromEveryone?: boolean;
}

/** What registrations are measured by. */
export interface RegistrationTerms {
  /** Whether a key set may lie at an address that is not public, or without TLS. */
  readonly allowPrivateAddresses: boolean;
  /** Types that are offered. */
  readonly offered: readonly ResourceType[];
}

/** A registration that holds together. */
export interface ValidRegistration {
  readonly id: string | undefined;
  readonly name: string;
  readonly type: AppType;
  readonly keys: KeySource | undefined;
  /** A sentence for each key that was handed in and left out. */
  readonly foreignKeys: readonly string[];
  readonly licence: Licence;
}

const CLIENT_ID = /^[A-Za-z0-9._~-]{1,128}$/;

export function isClientId(text: string): boolean {
  return CLIENT_ID.test(text);
}

/** @throws InvalidAppError with every fault at once */
export function checkRegistration(
  registration: Registration,
  { allowPrivateAddresses, offered }: RegistrationTerms,
): ValidRegistration {
  const faults: string[] = [];
  const fields: string[] = [];
  const collect = <T>(check: () => T): T | undefined => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof InvalidAppError)) throw error;
      faults.push(...error.faults);
      fields.push(...error.fields);
      return undefined;
    }
  };
  const type = collect(() => appType(registration.type));
  const id = collect(() => clientId(registration.id));
  const name = collect(() => appName(registration.name));
  const keys = collect(() => keySource(registration, allowPrivateAddresses));
  const licence = collect(() => licenceOf(registration, offered));
  if (type === 'system' && faults.length === 0) {
    collect(() => {
      checkSystemApp(keys?.source, licence);
    });
  }
  if (faults.length > 0 || !type || !name || !licence) throw new InvalidAppError(faults, fields);
  return { id, name, type, keys: keys?.source, foreignKeys: keys?.foreign ?? [], licence };
}

/** Where an app's keys come from, and what was left out of a set that was handed in. */
export interface GivenKeys {
  readonly source: KeySource;
  readonly foreign: readonly string[];
}

/**
 * The one source of an app's keys, or undefined when none is given (RG-02).
 *
 * @throws InvalidAppError when both are given or the one given is not acceptable
 */
export function keySource(
  { jwks, jwksUrl }: Pick<Registration, 'jwks' | 'jwksUrl'>,
  allowPrivateAddresses: boolean,
): GivenKeys | undefined {
  if (jwks !== undefined && jwksUrl !== undefined) {
    throw new InvalidAppError(['Give either a JWKS or a JWKS URL, not both.'], ['jwks', 'jwksUrl']);
  }
  if (jwksUrl !== undefined) {
    const url = checkedUrl(jwksUrl, allowPrivateAddresses);
    return { source: { kind: 'url', url }, foreign: [] };
  }
  if (jwks === undefined) return undefined;
  const read = readInlineJwks(jwks);
  if ('faults' in read) throw new InvalidAppError(read.faults, ['jwks']);
  return { source: { kind: 'inline', jwks: read.jwks }, foreign: read.foreign };
}

function checkSystemApp(keys: KeySource | undefined, licence: Licence | undefined): void {
  const missing = [
    ...(keys
      ? []
      : [
          [
            'jwks',
            'A System app needs a JWKS or a JWKS URL: its keys are its credential.',
          ] as const,
        ]),
    ...(licence && isUseful(licence) ? [] : [['groups', NO_USE] as const]),
  ];
  if (missing.length === 0) return;
  throw new InvalidAppError(
    missing.map(([, fault]) => fault),
    missing.map(([field]) => field),
  );
}

const NO_USE =
  'A System app needs the ids of the groups that it may export, or all groups, or a licence to write, or to keep groups with members from everyone.';

function isUseful({ allGroups, groups, writes, ownGroups }: Licence): boolean {
  return (
    allGroups || groups.length > 0 || writes !== undefined || ownGroups?.population === 'everyone'
  );
}

/** What an operator changes of a licence; what is left out stays as it is. */
export interface LicenceChange {
  readonly groups?: 'all' | readonly string[];
  readonly resourceTypes?: 'all' | readonly string[];
  readonly feeds?: 'all' | readonly string[];
  readonly fhirWrites?: boolean;
  readonly ownGroups?: number;
  readonly ownGroupMembers?: number;
  readonly choosesFromEveryone?: boolean;
}

/** @throws InvalidAppError with every fault at once */
export function changedLicence(
  { licence, type }: Pick<App, 'licence' | 'type'>,
  change: LicenceChange,
  offered: readonly ResourceType[],
): Licence {
  const { groups = licence.allGroups ? 'all' : licence.groups } = change;
  const { resourceTypes = licence.resourceTypes ?? 'all' } = change;
  const changed = licenceOf(
    {
      allGroups: groups === 'all',
      groups: groups === 'all' ? [] : groups,
      resourceTypes: resourceTypes === 'all' ? undefined : resourceTypes,
      ...changedWrites(licence.writes, change),
      ...changedOwnGroups(licence.ownGroups, change),
    },
    offered,
  );
  if (type !== 'system' || isUseful(changed)) return changed;
  throw new InvalidAppError([NO_USE], ['groups']);
}

const MAX_WEIGHT = 100;

/** @throws InvalidAppError */
export function checkedWeight(weight: number): number {
  if (Number.isInteger(weight) && weight >= 1 && weight <= MAX_WEIGHT) return weight;
  throw new InvalidAppError([`The weight must be a whole number, 1 to ${MAX_WEIGHT}.`], ['weight']);
}

const MAX_EXPORTS = 1000;

/** @throws InvalidAppError with every fault at once */
export function checkedLimits(limits: AppLimits): AppLimits {
  const faults = [
    ...faultOfLimit('running', limits.running, 1),
    ...faultOfLimit('queued', limits.queued, 0),
  ];
  if (faults.length === 0) return limits;
  throw new InvalidAppError(
    faults.map(({ sentence }) => sentence),
    faults.map(({ name }) => name),
  );
}

function faultOfLimit(
  name: keyof AppLimits,
  value: number | undefined,
  least: number,
): readonly { readonly name: string; readonly sentence: string }[] {
  if (value === undefined) return [];
  if (Number.isInteger(value) && value >= least && value <= MAX_EXPORTS) return [];
  return [{ name, sentence: `${name} must be a whole number, ${least} to ${MAX_EXPORTS}.` }];
}

function appType(text: string): AppType {
  const type = APP_TYPES.find((candidate) => candidate === text);
  if (type) return type;
  throw new InvalidAppError([`The type must be one of: ${APP_TYPES.join(', ')}.`], ['type']);
}

function clientId(text: string | undefined): string | undefined {
  if (text === undefined || isClientId(text)) return text;
  throw new InvalidAppError(
    ['The id must be 1 to 128 letters, digits and any of - . _ ~.'],
    ['id'],
  );
}

function appName(text: string): string {
  const name = text.trim();
  if (/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(name)) return name;
  throw new InvalidAppError(['The name must have 1 to 200 printable characters.'], ['name']);
}

function checkedUrl(text: string, allowPrivateAddresses: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocols = allowPrivateAddresses ? ['https:', 'http:'] : ['https:'];
  if (!url || !protocols.includes(url.protocol)) {
    throw new InvalidAppError(['The JWKS URL must be an absolute https URL.'], ['jwksUrl']);
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new InvalidAppError(
      ['The JWKS URL must hold no user, password or fragment.'],
      ['jwksUrl'],
    );
  }
  if (!allowPrivateAddresses && isPublicAddressLiteral(url.hostname) === false) {
    throw new InvalidAppError(['The JWKS URL must not point at a private address.'], ['jwksUrl']);
  }
  return text;
}

type GivenLicence = Pick<Registration, 'allGroups' | 'groups' | 'resourceTypes'> &
  GivenWriteLicence &
  GivenOwnGroups;

function licenceOf(
  { allGroups = false, groups = [], resourceTypes, ...others }: GivenLicence,
  offered: readonly string[],
): Licence {
  const strange = groups.filter((group) => !isFhirId(group));
  const unknown = (resourceTypes ?? []).filter((type) => !offered.includes(type));
  const ofGroups = [
    ...(allGroups && groups.length > 0 ? ['Give either groups or all groups, not both.'] : []),
    ...strange.map((group) => `${quoted(group)} is not the id of a group.`),
  ];
  const ofTypes = [
    ...unknown.map((type) => `${quoted(type)} is not a resource type that can be exported.`),
    ...(resourceTypes?.length === 0 ? ['Name at least one resource type, or leave them out.'] : []),
  ];
  const ofFeeds = feedFaults(others, resourceTypes === undefined);
  const byField = {
    groups: ofGroups,
    resourceTypes: ofTypes,
    feeds: ofFeeds,
    ownGroups: ownGroupsFaults(others),
  };
  const faulty = Object.entries(byField).filter(([, faults]) => faults.length > 0);
  if (faulty.length > 0) {
    throw new InvalidAppError(
      faulty.flatMap(([, faults]) => faults),
      faulty.map(([field]) => field),
    );
  }
  return {
    allGroups,
    groups: [...new Set(groups)],
    resourceTypes: resourceTypes && [...new Set(resourceTypes as readonly ResourceType[])],
    writes: writeLicence(others),
    ownGroups: ownGroupsLicence(others),
  };
}

/** What is left out of a change stays. */
function changedOwnGroups(licence: Licence['ownGroups'], change: LicenceChange): GivenOwnGroups {
  const before = givenOwnGroups(licence);
  return {
    ownGroups: change.ownGroups ?? before.ownGroups,
    ownGroupMembers: change.ownGroupMembers ?? before.ownGroupMembers,
    choosesFromEveryone: change.choosesFromEveryone ?? before.choosesFromEveryone,
  };
}
