import type { ResourceType } from '@app/fhir';
import type { SearchValues } from '@app/fhir-search';

import type { CohortShare } from '../cohort';

/** What is asked of a type. */
export interface Selection {
  /** Of a whole system everything is given, patients' or not, whatever the cohort (KO-01). */
  readonly level: 'group' | 'patient' | 'system';
  /** UTC instant: versions later than this are not seen (MF-03). */
  readonly transactionTime: string;
  /** UTC instant: only versions later than this are given (PR-10). */
  readonly since: string | undefined;
  /** UTC instant: only versions earlier than this are given (PR-20). */
  readonly until?: string | undefined;
  /** Root elements that are kept; undefined: the resource stays whole (PR-40). */
  readonly elements?: readonly string[] | undefined;
  /**
   * FHIR searches without their type, such as `status=active`: of each inner list one must match, and
   * every list must be satisfied. They were checked at kick-off.
   */
  readonly filters?: readonly (readonly string[])[] | undefined;
  /** For Provenance: the types whose provenance goes along. */
  readonly provenanceOf: readonly ResourceType[];
  /**
   * For Provenance: that of resources which are given themselves, all of it or the newest of each
   * (PR-61, PR-62); undefined: the default rule (PR-67).
   */
  readonly provenance?: 'relevant' | 'latest' | undefined;
  /** For `provenance`: the filters of the types that it is about. */
  readonly filtersOf?: ((type: ResourceType) => Selection['filters']) | undefined;
  /**
   * The token's scopes hide resources of some types. What would tell of them, Provenance and deletions,
   * is given only as far as it is of the types of `provenanceOf` (SEC-07).
   */
  readonly restricted?: boolean | undefined;
  /** How often each resource is given, of files by type; undefined: once. Of sandboxes alone. */
  readonly repeat?: number | undefined;
}

/** How things are looked for, and where; never what is found. */
export interface ReadPlan {
  /** Which share of the store’s patients the cohort is, of 0 to 1, roughly; undefined: not known. */
  readonly storeShare?: number | undefined;
  /**
   * Position in the primary's WAL up to which a replica must have replayed before it may be read for
   * this; undefined: the primary is read.
   */
  readonly replicaPosition?: string | undefined;
  /** What filters are compiled with: the service's own base URL, and a place for what they compare with. */
  readonly searches?: { readonly fhirBase: string; readonly values: SearchValues } | undefined;
}

/** What one part of an export asks of a type: what, whose, and how it is read. */
export interface ExportScope extends Selection {
  readonly cohort: CohortShare;
  readonly plan: ReadPlan;
}

/** What a query gives of each version `v` that it finds. */
export interface View {
  /** A list that ends with `v.content` when the content itself is given. */
  readonly columns: string;
  /** `join …` that the columns need. */
  readonly join?: string;
  /** A further condition on `v`. */
  readonly only?: string;
}

/** Extracts one resource type. */
export interface ResourceExtractor {
  readonly type: ResourceType;
  /** False for types that are given only when `_type` names them. */
  readonly byDefault: boolean;
  /** True when ranges of buckets can be extracted apart; else a part must cover all of them. */
  readonly divisible: boolean;
  /**
   * SQL of one text column: each resource of the scope once, in its latest version at
   * `transactionTime`. Complete in itself: every literal is quoted.
   *
   * @param view other columns than the content, or fewer resources
   */
  select(scope: ExportScope, view?: View): string;
  /** SELECTs of what `select` gives beside what lies in the own compartments of members. */
  besideCompartments?(scope: ExportScope): readonly string[];
  /**
   * SQL of each resource of a scope of all buckets, once: other SQL than `select` and with the same result, to
   * compare with. Undefined where there is no other.
   */
  everyOne?(scope: ExportScope, view: View): string | undefined;
  /**
   * SQL of each resource `v` of the scope as often as there are members `m.patient_id` in whose block it
   * belongs: those in whose compartment it is, or who point at it. The buckets are those of the members.
   * Types without this method belong to nobody's block.
   */
  byPatient?(scope: ExportScope, columns: string): string;
}

/** Injection token of a type's extractor. */
export function resourceExtractorToken(type: ResourceType): string {
  return `ResourceExtractor:${type}`;
}
