import type { ExportLevel } from '../persistence/export-target';
import type { ExportParameters } from '../persistence/job-parameters';
import type { JobState } from '../persistence/job-states';
import type { ShownFailure } from './shown-export';

/** What was asked for: searches word for word, of the patients who were named only whether this one was. */
export type DisclosedParameters = Pick<
  ExportParameters,
  | 'types'
  | 'provenanceOf'
  | 'since'
  | 'until'
  | 'elements'
  | 'provenance'
  | 'typeFilters'
  | 'scopeFilters'
>;

/** An export that held a patient, whatever has become of it. Instants are times of day. */
export interface Disclosure {
  readonly export: string;
  readonly app: string;
  readonly level: ExportLevel;
  readonly group: string | undefined;
  readonly state: JobState;
  readonly requestId: string | undefined;
  readonly parameters: DisclosedParameters;
  /** The app asked for this patient by id. */
  readonly isNamed: boolean;
  /** The patient was deleted after `_since`: the export tells of deletions alone. */
  readonly isDeparted: boolean;
  readonly createdAt: Date;
  readonly transactionTime: Date | undefined;
  readonly finishedAt: Date | undefined;
  readonly failure: ShownFailure | undefined;
  /** Of the export's files, through the service. */
  readonly downloads: {
    readonly count: number;
    readonly first: Date | undefined;
    readonly last: Date | undefined;
    readonly files: readonly string[];
  };
  /** Manifests given out whose URLs the storage answers: downloads by them are on its record. */
  readonly signedManifests: number;
}

export interface DisclosureList {
  /** Newest first. */
  readonly disclosures: readonly Disclosure[];
  /** `before` of the next page; undefined on the last. */
  readonly next: string | undefined;
  /** Exports of which nobody can say any more whom they held, and when the last of them was planned. */
  readonly notOnRecord: { readonly exports: number; readonly last: Date | undefined };
}
