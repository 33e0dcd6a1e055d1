import type { OutcomeIssue, ResourceType } from '@app/fhir';

import type { Preferences, SandboxBehaviour } from '../../common';
import type { AssociatedProvenance } from '../../provenance';
import type { ExportTarget } from '../persistence/export-target';
import { readAssociatedData } from './parameters/associated-data';
import { type ElementItem, readElements } from './parameters/elements';
import { isBeforeHistory, readWindow } from './parameters/instants';
import { type ParameterSource, KickOffParameters } from './parameters/kick-off-parameters';
import { LenientHandling } from './parameters/lenient-handling';
import { readPatients } from './parameters/patients';
import {
  checkOutputFormat,
  readDryRun,
  readOrganizeBy,
  readPartialManifests,
} from './parameters/simple-values';
import { type FilterTerms, readTypeFilters, type TypeFilter } from './parameters/type-filters';
import { readTypes } from './parameters/types';
import type { NamedValue } from './query-string';

/** What a client asks for, checked in itself but not yet against its rights. */
export interface ExportRequest {
  /** Undefined when `_type` was left out: everything that the caller may have (PR-31). */
  readonly types: readonly ResourceType[] | undefined;
  /** UTC instant with microseconds. */
  readonly since: string | undefined;
  /** UTC instant with microseconds. */
  readonly until: string | undefined;
  readonly elements: readonly ElementItem[] | undefined;
  /** Ids; undefined: nothing is narrowed. */
  readonly patients: readonly string[] | undefined;
  readonly associated: AssociatedProvenance | undefined;
  readonly typeFilters: readonly TypeFilter[];
  readonly organizeBy: 'Patient' | undefined;
  /** `since` lies before the history that is kept, and the client is content without deletions. */
  readonly deletionsUnknown: boolean;
  readonly partialManifests: boolean;
  readonly separateExportStatus: boolean;
  /** Nothing is exported; undefined unless that is asked for, or keys of earlier requests would not match. */
  readonly dryRun: true | undefined;
  readonly sandbox: SandboxBehaviour | undefined;
  /** What cannot be honoured is ignored where that does not widen the export (HD-06). */
  readonly lenient: boolean;
  /** What was ignored so far. */
  readonly ignored: readonly OutcomeIssue[];
}

/** What a request is read with. */
export interface Reading extends FilterTerms {
  readonly source: ParameterSource;
  readonly level: ExportTarget['level'];
  readonly preferences: Preferences;
  readonly now: Date;
  /** How far history reaches back; undefined: to the beginning. */
  readonly historyDays: number | undefined;
  readonly fhirBase: string;
  /** What a sandbox is asked to do. */
  readonly sandbox?: SandboxBehaviour | undefined;
}

/**
 * Reads the parameters of a kick-off, strictly: what cannot be honoured is refused, for ignoring it
 * would give the client more than it asked for (UN-01); unless the client prefers it ignored, and that
 * widens nothing (UN-02).
 *
 * @throws FhirError 400 that names the parameter, its fault and what is accepted
 */
export function parseExportRequest(
  parameters: readonly NamedValue[],
  reading: Reading,
): ExportRequest {
  const { source, level, preferences, now, historyDays, fhirBase, sandbox } = reading;
  const { resourceTypes } = reading;
  const lenience = new LenientHandling(preferences.get('handling')?.toLowerCase() === 'lenient');
  const given = new KickOffParameters(parameters, source, lenience);
  checkOutputFormat(given, lenience);
  const types = readTypes(given, lenience, resourceTypes);
  const organizeBy = readOrganizeBy(given, lenience);
  const window = readWindow(given, now);
  return {
    types,
    organizeBy,
    ...window,
    deletionsUnknown: isBeforeHistory(window, { now, historyDays }, lenience),
    elements: readElements(given, lenience, resourceTypes),
    patients: readPatients(given, level, fhirBase),
    associated: readAssociatedData(given, lenience),
    typeFilters: readTypeFilters(given, types, lenience, reading),
    partialManifests: readPartialManifests(given, lenience),
    separateExportStatus: preferences.has('separate-export-status'),
    dryRun: readDryRun(given) || undefined,
    sandbox,
    lenient: lenience.granted,
    ignored: lenience.ignored,
  };
}
