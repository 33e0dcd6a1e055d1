import type { OutcomeIssue } from '@app/fhir';

import type { ExportLevel } from '../persistence/export-target';
import type { FileSection } from '../persistence/file.entity';
import type { ByType, ExportParameters } from '../persistence/job-parameters';
import type { JobState, PartState } from '../persistence/job-states';
import type { PartKind, PartType } from '../persistence/part.entity';

/** An export in a list of them. Instants are times of day. */
export interface ExportSummary {
  readonly id: string;
  readonly app: string;
  readonly level: ExportLevel;
  readonly group: string | undefined;
  readonly state: JobState;
  /** An operator keeps its work from being given out. */
  readonly held: boolean;
  readonly progress: number;
  readonly createdAt: Date;
  readonly plannedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
}

/** What was asked for, without what may tell of patients: of those, of searches and ids, the number alone. */
export type ShownParameters = Pick<
  ExportParameters,
  'types' | 'provenanceOf' | 'since' | 'elements' | 'provenance'
> & {
  readonly until: string | undefined;
  readonly patients: number | undefined;
  readonly typeFilters: ByType<number> | undefined;
  readonly scopeFilters: ByType<number> | undefined;
  readonly organizeBy: string | undefined;
  readonly partialManifests: boolean;
  readonly ignored: number;
};

/** Why something failed: words of ours, never the resource that they are about. */
export interface ShownFailure {
  readonly code: string;
  readonly diagnostics: string | undefined;
}

export interface ShownPart {
  readonly id: string;
  readonly kind: PartKind;
  readonly type: PartType;
  readonly slotFrom: number;
  readonly slotTo: number;
  readonly state: PartState;
  readonly attempts: number;
  readonly worker: string | undefined;
  readonly estimatedBytes: number;
  readonly writtenBytes: number;
  readonly resources: number | undefined;
  /** Of the attempt that runs, or ran last. */
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** How long its statement has run, in seconds; undefined while none does. */
  readonly querySeconds: number | undefined;
  /** What an open part waits for, or does. */
  readonly reason: string | undefined;
  readonly lastError: string | undefined;
  readonly failure: ShownFailure | undefined;
}

export interface ShownFile {
  readonly section: FileSection;
  readonly type: string;
  readonly name: string;
  readonly resources: number;
  readonly bytes: number;
  readonly storedBytes: number;
  readonly downloads: number;
}

export interface ShownExport extends ExportSummary {
  readonly requestId: string | undefined;
  readonly parameters: ShownParameters;
  readonly transactionTime: Date | undefined;
  /** Of planning. */
  readonly attempts: number;
  readonly retries: number;
  /** What an export waits for that has not begun. */
  readonly reason: string | undefined;
  readonly failure: ShownFailure | undefined;
  readonly partStates: Readonly<Partial<Record<PartState, number>>>;
  readonly written: {
    readonly files: number;
    readonly resources: number;
    readonly bytes: number;
    readonly storedBytes: number;
  };
  readonly downloads: { readonly count: number; readonly last: Date | undefined };
  /** A thousand at most, those first that have failed, run, or wait. */
  readonly parts: readonly ShownPart[];
  /** A thousand at most. */
  readonly files: readonly ShownFile[];
}

export function shownParameters(asked: ExportParameters): ShownParameters {
  const { types, provenanceOf, since, elements, provenance } = asked;
  return {
    ...{ types, provenanceOf, since, elements, provenance },
    until: asked.until,
    patients: asked.patients?.length,
    typeFilters: counted(asked.typeFilters),
    scopeFilters: counted(asked.scopeFilters),
    organizeBy: asked.organizeBy,
    partialManifests: asked.partialManifests ?? false,
    ignored: asked.ignored?.length ?? 0,
  };
}

export function shownFailure(failure: OutcomeIssue | null): ShownFailure | undefined {
  return failure ? { code: failure.code, diagnostics: failure.diagnostics } : undefined;
}

function counted(lists: ByType<readonly string[]> | undefined): ByType<number> | undefined {
  if (!lists) return undefined;
  return Object.fromEntries(Object.entries(lists).map(([type, list]) => [type, list.length]));
}
