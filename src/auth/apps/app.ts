import type { ResourceType } from '@app/fhir';

import type { KeySource } from '../client-keys/key-source';

export const APP_TYPES = ['system', 'patient', 'user'] as const;

export type AppType = (typeof APP_TYPES)[number];

/** What an app may write at most, whatever its tokens say. */
export interface WriteLicence {
  /** Batches of every feed. */
  readonly allFeeds: boolean;
  /** Or batches of these. */
  readonly feeds: readonly string[];
  /** Single resources and Bundles at the FHIR base, of the types that the app may export. */
  readonly fhirWrites: boolean;
}

/** Groups that an app may make and keep itself. */
export interface OwnGroupsLicence {
  /** At a time. */
  readonly groups: number;
  /** Of one group. */
  readonly members: number;
  /** Whom it may choose from: the members of the groups that it is licensed for, or everyone. */
  readonly population: 'licensed' | 'everyone';
}

/** What an app may export, and write, at most, whatever its tokens say (SC-05). */
export interface Licence {
  /** Every group of this organisation, and exports that are not limited to a group. */
  readonly allGroups: boolean;
  readonly groups: readonly string[];
  /** Undefined: all exportable types. */
  readonly resourceTypes: readonly ResourceType[] | undefined;
  /** Undefined: the app only reads. */
  readonly writes?: WriteLicence | undefined;
  /** Undefined: it keeps no groups. */
  readonly ownGroups?: OwnGroupsLicence | undefined;
}

/** Exports that an app may have at a time; what is undefined, the settings say. */
export interface AppLimits {
  readonly running?: number | undefined;
  /** That wait beside them. */
  readonly queued?: number | undefined;
}

/** A registered client. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly type: AppType;
  /** Undefined only for patient and user apps. */
  readonly keys: KeySource | undefined;
  readonly licence: Licence;
  /** Its share of the workers when several apps have exports running, beside others' weights. */
  readonly weight: number;
  readonly limits: AppLimits;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Undefined while the app may be used. */
  readonly disabledAt: Date | undefined;
  /** What whoever has just handed in keys should know of them, a sentence each. */
  readonly notes?: readonly string[];
}
