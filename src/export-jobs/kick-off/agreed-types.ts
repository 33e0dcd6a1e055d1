import { compartmentPaths, type OutcomeIssue, type ResourceType } from '@app/fhir';

import { adviceOn, type AppPrincipal } from '../../auth';
import { type FhirError, forbidden, invalidParameter } from '../../common';
import type { AssociatedProvenance } from '../../provenance';
import type { ExportTarget } from '../persistence/export-target';
import type { ExportRequest } from './export-request';
import { LenientHandling } from './parameters/lenient-handling';

/** What an export could give at its level, and what of it the caller may have. */
export interface ExportableTypes {
  readonly level: ExportTarget['level'];
  /** Every type that there is at this level. */
  readonly types: readonly ResourceType[];
  /** Of those, what is given when no types are named. */
  readonly byDefault: readonly ResourceType[];
  readonly allowed: ReadonlySet<ResourceType>;
  /** Whose token and licence allow that: for what refusals recommend. */
  readonly app: Pick<AppPrincipal, 'licence' | 'scopes'>;
}

/** What is left of a request once rights have had their say. */
export interface AgreedTypes {
  readonly types: readonly ResourceType[];
  readonly associated: AssociatedProvenance | undefined;
  readonly ignored: readonly OutcomeIssue[];
}

/**
 * SC-08: what is named must be allowed, or may be ignored; SC-11: "everything" shrinks in silence.
 *
 * @throws FhirError 403, or 400 for types that there are not at this level
 */
export function resolveTypes(request: ExportRequest, exportable: ExportableTypes): AgreedTypes {
  const lenience = new LenientHandling(request.lenient, request.ignored);
  const types = request.types
    ? namedTypes(request.types, exportable, lenience)
    : defaultTypes(exportable);
  const associated = agreeOnProvenance(request.associated, exportable, lenience);
  return { types, associated, ignored: lenience.ignored };
}

function defaultTypes({ byDefault, allowed }: ExportableTypes): readonly ResourceType[] {
  const types = byDefault.filter((type) => allowed.has(type));
  if (types.length > 0) return types;
  throw forbidden('Neither the token’s scopes nor the app’s licence cover any exportable type.');
}

/** If nothing that was named is left, it is refused: no types would mean all of them. */
function namedTypes(
  named: readonly ResourceType[],
  { level, types, allowed, app }: ExportableTypes,
  lenience: LenientHandling,
): readonly ResourceType[] {
  const offered = named.filter((type) => types.includes(type));
  refuseOrIgnore(offered.length < named.length, offered, notAtThisLevel, lenience);
  const granted = offered.filter((type) => allowed.has(type));
  const refused = offered.filter((type) => !allowed.has(type));
  refuseOrIgnore(refused.length > 0, granted, () => notCovered(refused, app), lenience);
  if (level !== 'system' && granted.every(isOutsideCompartments) && !lenience.granted) {
    throw onlyOutsideCompartments(granted);
  }
  return granted;
}

function refuseOrIgnore(
  isFault: boolean,
  left: readonly ResourceType[],
  error: () => FhirError,
  lenience: LenientHandling,
): void {
  if (!isFault) return;
  if (left.length === 0) throw error();
  lenience.refuseOrIgnore(error());
}

/** PM-03: what goes along needs its scope as well. */
function agreeOnProvenance(
  associated: AssociatedProvenance | undefined,
  { allowed, app }: ExportableTypes,
  lenience: LenientHandling,
): AssociatedProvenance | undefined {
  if (associated === undefined || allowed.has('Provenance')) return associated;
  lenience.refuseOrIgnore(
    forbidden(
      `includeAssociatedData asks for Provenance, which this token does not cover. ${adviceOn(['Provenance'], app)} Or leave it out.`,
      ['includeAssociatedData'],
    ),
  );
  return undefined;
}

/** They travel along with what patients' resources point at; in no compartment is there one (PR-34). */
function isOutsideCompartments(type: ResourceType): boolean {
  const inside: readonly ResourceType[] = ['Patient', 'Group', 'Provenance'];
  return compartmentPaths(type).length === 0 && !inside.includes(type);
}

/** PR-34. */
function onlyOutsideCompartments(types: readonly ResourceType[]): FhirError {
  return invalidParameter(
    '_type',
    `_type names ${types.join(', ')} alone, which are nobody's data: they are given along with patients' resources. Name one of a patient's types as well, such as Patient.`,
    'not-supported',
  );
}

/** PR-33: a group is exported by itself. That a patient is on a list is not part of their record. */
function notAtThisLevel(): FhirError {
  return invalidParameter(
    '_type',
    '_type holds Group, which is given by the export of a group alone. Leave it out, or export a group by Group/[id]/$export.',
    'not-supported',
  );
}

function notCovered(types: readonly ResourceType[], app: ExportableTypes['app']): FhirError {
  return forbidden(
    `_type names ${types.join(', ')}, which this token does not cover. ${adviceOn(types, app)} Or leave them out.`,
    ['_type'],
  );
}
