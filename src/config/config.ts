import type { ResourceType } from '@app/fhir';

import type { Fault } from './faults';
import type { ShownSetting } from './shown-settings';
import type { StorageConfig } from './storage-config';
import type { TrustedIssuer } from './trusted-issuer';
import type { SigningKey } from './values';

/** A relational database that is followed. */
export interface DatabaseSourceConfig {
  readonly url: string;
  /** The name of its feed. */
  readonly feed: string;
  /** Between two readings. */
  readonly poll: number;
  /** Of its statements. */
  readonly folder: string;
  readonly overlap: number;
  /** By how much clocks that stamp changes may be behind. */
  readonly clockSkew: number;
  readonly watermark: 'transactions' | 'overlap';
}

/** Another FHIR server that is followed. */
export interface FhirSourceConfig {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  /** The name of its feed. */
  readonly feed: string;
  /** Between two readings. */
  readonly poll: number;
  /** Undefined for a server that asks for no token. */
  readonly client:
    | { readonly id: string; readonly keyFile: string; readonly scope: string }
    | undefined;
  readonly readBy: 'auto' | 'export' | 'search';
  /** `$export`, `Patient/$export` or `Group/ID/$export`. */
  readonly operation: string;
  /** All that there are when empty. */
  readonly types: readonly string[];
  readonly overlap: number;
  readonly pageSize: number;
  /** Whether ids are compared although exports tell of deletions. */
  readonly isCompared: boolean;
  /** For one export. */
  readonly exportWait: number;
}

/** The service's configuration: validated, typed, frozen. Times are in seconds, sizes in bytes. */
export interface Config {
  readonly role: 'api' | 'worker' | 'feed' | 'all';
  readonly embedded: boolean;
  /** Undefined while nobody signs in from the pages without a key: always in production. */
  readonly demo: { readonly clientFile: string | undefined };
  readonly logLevel: string;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly workerPort: number;
    /** Undefined: operators and metrics are on `port`, too. */
    readonly adminPort: number | undefined;
    /** Without a trailing slash, as fhirBase. */
    readonly publicUrl: string;
    readonly basePath: string;
    /** publicUrl + basePath: what every URL handed to a client begins with. */
    readonly fhirBase: string;
    /** Of an idle connection, before the next request. */
    readonly keepAlive: number;
    /** For a request to arrive. */
    readonly arrival: number;
    /** Without any byte, in the middle of a request or an answer. */
    readonly stall: number;
    /** Of one app at a time, in each process. */
    readonly downloadsPerApp: number;
  };
  readonly database: {
    readonly url: string;
    readonly poolSize: number;
    /** Connections besides, for what must always be answered. */
    readonly reservedConnections: number;
    /** How long a connection, and how long a lock, is waited for. */
    readonly connectionWait: number;
    readonly lockWait: number;
    /** A streaming replica of `url`, which extraction reads from. */
    readonly readUrl: string | undefined;
    /** How long a part waits for the replica before it reads the primary. */
    readonly readWait: number;
  };
  /** The types that are offered for export, in the order of the catalog. */
  readonly resourceTypes: readonly ResourceType[];
  /** Seconds by which a host's clock may differ from the service's. */
  readonly clockSkew: number;
  /** How long it stays on record whose data an export held. */
  readonly audit: { readonly keptDays: number };
  /** How long groups that apps keep stay without being used. */
  readonly ownGroups: { readonly keptDays: number };
  /** Undefined: all history is kept. */
  readonly history: { readonly keptDays: number | undefined };
  /** How long a process waits at its start for what it works with. */
  readonly startWait: number;
  readonly redis: {
    readonly url: string;
    readonly prefix: string;
    readonly withoutBrpoplpush: boolean;
  };
  readonly auth: {
    readonly signingKeys: readonly SigningKey[];
    readonly tokenLifetime: number;
    readonly clockSkew: number;
    /** Further URLs that assertions may name as their audience. */
    readonly audiences: readonly string[];
    /** Whether this service has a token endpoint of its own. */
    readonly issuesTokens: boolean;
    readonly trustedIssuer: TrustedIssuer | undefined;
    readonly allowPrivateJwksAddresses: boolean;
  };
  /** The token is undefined while the operators' API is switched off. */
  /** Settings in force, without secrets, for operators to see. */
  readonly shown: readonly ShownSetting[];
  readonly admin: { readonly token: string | undefined };
  readonly storage: StorageConfig;
  readonly export: {
    readonly retention: number;
    readonly fileMaxBytes: number;
    readonly fileMaxResources: number;
    readonly fileEncoding: 'identity' | 'gzip';
    readonly partTargetBytes: number;
    readonly planningWait: number;
    /** Of one statement, in seconds. */
    readonly statementTime: number;
    readonly retryAfterMax: number;
    /** Of Bulk Data Access: 3.0, which is a superset of 2.0, or the ballot of what comes next. */
    readonly bulkDataVersion: '3.0' | '4.0-ballot';
  };
  readonly feeds: {
    /** Those that together bring the EHR's record, by name. */
    readonly sources: readonly string[];
    /** How long an export waits for them, in seconds. */
    readonly sourceWait: number;
    /** Undefined for the system's folder of temporary files. */
    readonly spoolDirectory: string | undefined;
    readonly batchMaxBytes: number;
    /** Of a batch, unpacked. */
    readonly batchMaxContentBytes: number;
    readonly lineMaxBytes: number;
    /** Whether resources can be written at the FHIR base. */
    readonly hasFhirWrites: boolean;
    /** Of a resource, transaction or batch that is written so. */
    readonly resourceMaxBytes: number;
    /** Of a transaction or batch. */
    readonly bundleMaxEntries: number;
    /** How long a batch waits for another writer, in seconds. */
    readonly writerPatience: number;
  };
  /** Sources that the service reads itself. */
  readonly followers: {
    /** Of a batch at most. */
    readonly batchRows: number;
    /** Between two comparisons of all ids. */
    readonly compare: number;
    /** Of a type, that a comparison may delete. */
    readonly maxDeletedPercent: number;
    readonly database: DatabaseSourceConfig | undefined;
    readonly fhir: FhirSourceConfig | undefined;
  };
  /** How many exports there may be at a time; further ones wait, or are refused. */
  readonly limits: {
    readonly running: number;
    readonly runningPerApp: number;
    readonly queued: number;
    readonly queuedPerApp: number;
  };
  /** Ready-made gzip members beside the rows. */
  readonly packing: {
    readonly enabled: boolean;
    readonly settle: number;
    readonly rest: number;
    readonly memberBytes: number;
  };
  /** Clients may ask for failures, delays and large files, to be tested with. */
  readonly sandbox: boolean;
  readonly worker: {
    readonly concurrency: number;
    readonly lease: number;
    readonly maxAttempts: number;
    /** Failures to rehearse; always empty in production. */
    readonly faults: readonly Fault[];
  };
}
