import { type Random } from '../random';
import { type Fragment } from '../text/json-text';

/** A clinician at work: references to the person and to the role at a site. */
export interface Clinician {
  readonly name: string;
  readonly person: Fragment;
  readonly role: Fragment;
}

/** A clinic or hospital that patients visit. */
export interface Site {
  readonly organization: Fragment;
  readonly organizationName: string;
  /** Examination rooms and wards; each is part of the site's building. */
  readonly rooms: readonly Fragment[];
  readonly clinicians: readonly Clinician[];
}

/** Either way of naming who did something: the person, or the role in which it was done. */
export function actor(clinician: Clinician, random: Random): Fragment {
  return random.chance(0.35) ? clinician.role : clinician.person;
}
