export const GENDERS = ['male', 'female', 'other', 'unknown'] as const;

export type Gender = (typeof GENDERS)[number];

/** http://hl7.org/fhir/ValueSet/condition-clinical (R4). */
export const CLINICAL_STATUSES = [
  'active',
  'recurrence',
  'relapse',
  'inactive',
  'remission',
  'resolved',
] as const;

export type ClinicalStatus = (typeof CLINICAL_STATUSES)[number];

/** How a practitioner can have to do with a patient. */
export const PRACTITIONER_TIES = ['encounter', 'general-practitioner', 'care-team'] as const;

export type PractitionerTie = (typeof PRACTITIONER_TIES)[number];

export interface Code {
  readonly system: string;
  readonly code: string;
}

/**
 * The criteria of a segment, understood: what parseCriteria makes of their JSON. Each is true, false
 * or, where the record leaves doubt (a year of birth alone, no gender), unknown; only patients for
 * whom the whole is true belong to the segment, and the negation of unknown is unknown.
 */
export type Criteria =
  | { readonly kind: 'and'; readonly of: readonly Criteria[] }
  | { readonly kind: 'or'; readonly of: readonly Criteria[] }
  | { readonly kind: 'not'; readonly of: Criteria }
  | { readonly kind: 'everyone' }
  | Fact
  | RecordCriterion;

/** What the Patient resource says. */
export type Fact =
  | { readonly kind: 'age'; readonly min: number | undefined; readonly max: number | undefined }
  | { readonly kind: 'gender'; readonly anyOf: readonly Gender[] }
  | { readonly kind: 'deceased'; readonly value: boolean };

/** What other resources of the patient say. */
export type RecordCriterion =
  | {
      readonly kind: 'condition';
      readonly codes: readonly Code[];
      /** Undefined: whatever its status. */
      readonly clinicalStatus: readonly ClinicalStatus[] | undefined;
    }
  | { readonly kind: 'encounter'; readonly from: EncounterStart }
  | {
      readonly kind: 'practitioner';
      /** Practitioner/id or PractitionerRole/id. */
      readonly reference: string;
      readonly as: readonly PractitionerTie[];
    };

/** An instant, or so many days before the instant of evaluation. */
export type EncounterStart = { readonly since: string } | { readonly withinDays: number };

/**
 * Whether something positive must be true of every member. Criteria for which it is not, such as
 * "no diabetes", stand for almost everybody.
 */
export function isBounded(criteria: Criteria, negated = false): boolean {
  if (criteria.kind === 'everyone') return true;
  if (criteria.kind === 'not') return isBounded(criteria.of, !negated);
  if (criteria.kind === 'deceased') return criteria.value !== negated;
  if (criteria.kind !== 'and' && criteria.kind !== 'or') return !negated;
  const bounded = criteria.of.map((one) => isBounded(one, negated));
  const every = (criteria.kind === 'or') !== negated;
  return every ? !bounded.includes(false) : bounded.includes(true);
}
