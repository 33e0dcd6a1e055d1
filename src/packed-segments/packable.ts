import type { ResourceType } from '@app/fhir';

import { isWholeCohort } from '../cohort';
import {
  type CatalogEntry,
  type ExportScope,
  RESOURCE_CATALOG,
  type Selection,
} from '../extractors';

/** True for types of which packed members are made: those that lie in compartments, and Provenance. */
export function isPackable(type: ResourceType): boolean {
  const { kind } = RESOURCE_CATALOG[type];
  return kind === 'patient' || kind === 'owned-or-linked' || type === 'Provenance';
}

/**
 * The types by which a packed Provenance is known to be about a patient: exports that ask for the Provenance
 * of all of these can use it, whether they ask for that of others or not.
 *
 * @param offered types
 */
export function packedTargets(offered: readonly ResourceType[]): readonly ResourceType[] {
  return offered.filter((type) => {
    const entry: CatalogEntry = RESOURCE_CATALOG[type];
    return entry.kind === 'patient' || (entry.kind === 'owned-or-linked' && !entry.onlyWhenNamed);
  });
}

/** True when packed members may give what is asked: they hold all of everything. */
export function suitsMembers(
  type: ResourceType,
  scope: ExportScope,
  offered: readonly ResourceType[],
): boolean {
  if (!isPackable(type) || !isWhole(scope)) return false;
  return type !== 'Provenance' || isAboutMembers(scope, packedTargets(offered));
}

/** What narrows the resources that are given, or gives them more than once. A selection that says more does not compile before it is here. */
const NARROWS = {
  since: true,
  until: true,
  elements: true,
  filters: true,
  restricted: true,
  repeat: true,
  level: false,
  transactionTime: false,
  provenanceOf: false,
  provenance: false,
  filtersOf: false,
} as const satisfies Readonly<Record<keyof Selection, boolean>>;

function isWhole(selection: Selection): boolean {
  const names = Object.keys(NARROWS) as (keyof Selection)[];
  return names.every((name) => !NARROWS[name] || !selection[name]);
}

/** Members of Provenance give all of what is about the members of a whole cohort. */
function isAboutMembers(
  { level, provenance, provenanceOf, cohort }: ExportScope,
  targets: readonly ResourceType[],
): boolean {
  const ofAll = targets.every((type) => provenanceOf.includes(type));
  return level !== 'system' && provenance === undefined && isWholeCohort(cohort) && ofAll;
}
