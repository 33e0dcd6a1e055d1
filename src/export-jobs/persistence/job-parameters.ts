import type { OutcomeIssue, ResourceType } from '@app/fhir';

import type { SandboxBehaviour } from '../../common';

/** What a kick-off asks for, after scopes and licence have had their say. */
export interface ExportParameters {
  /** The final types, fixed for the job's life (SEC-04). */
  readonly types: readonly ResourceType[];
  /** The types whose Provenance goes along. */
  readonly provenanceOf: readonly ResourceType[];
  /** UTC instant with microseconds. */
  readonly since: string | undefined;
  /** UTC instant with microseconds: only versions earlier than this are given (PR-20). */
  readonly until?: string;
  /** Root elements that are kept, by type; a type that is not named stays whole (PR-40 to PR-47). */
  readonly elements?: ByType<readonly string[]>;
  /** Ids of the patients that the export is narrowed to (PR-50). */
  readonly patients?: readonly string[];
  /** FHIR searches without their type, such as `status=active`; one of them must match (PR-74). */
  readonly typeFilters?: ByType<readonly string[]>;
  /** As `typeFilters`, from the token's scopes: a resource must pass both. */
  readonly scopeFilters?: ByType<readonly string[]>;
  /** What `includeAssociatedData` asked for: all Provenance of what is given, or the newest (PR-61, PR-62). */
  readonly provenance?: 'relevant' | 'latest';
  /** `since` lies before the history that is kept: what was deleted is not told. */
  readonly deletionsUnknown?: boolean;
  /** The output is blocks of instances of this type instead of files by type (PR-90). */
  readonly organizeBy?: 'Patient';
  /** The client takes manifests of files that are ready while the export goes on (PR-95). */
  readonly partialManifests?: boolean;
  /** Polls are answered 200, with the state in X-Export-Status (SX-03). */
  readonly separateExportStatus?: boolean;
  /** The app that keeps the group; left out where operators do. */
  readonly groupOwner?: string;
  /** What the client wants to be tested with; of sandboxes alone. */
  readonly sandbox?: SandboxBehaviour;
  /** One issue for each parameter that was ignored as the client allowed (UN-03). */
  readonly ignored?: readonly OutcomeIssue[];
}

/** Something for some resource types. */
export type ByType<T> = Readonly<Partial<Record<ResourceType, T>>>;
