import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from '../codes/names';
import { hl7, period, snomed } from '../text/datatypes';
import { type Fragment } from '../text/json-text';
import { FIRST_EVENT } from '../text/times';
import { type Register } from './register';
import { type Clinician } from './site';

const DOCTOR = hl7('practitioner-role', 'doctor', 'Doctor');
const SPECIALTIES = [
  snomed('419772000', 'Family practice'),
  snomed('419192003', 'Internal medicine'),
  snomed('394579002', 'Cardiology'),
  snomed('394537008', 'Pediatric specialty'),
];

interface Workplace {
  readonly organization: Fragment;
  readonly building?: Fragment;
}

/** Practitioners with one PractitionerRole each at the workplace. */
export function addClinicians(
  register: Register,
  workplace: Workplace,
  count: number,
): readonly Clinician[] {
  return Array.from({ length: count }, () => addClinician(register, workplace));
}

/** Practitioners whom no patient's resource mentions: an export of a group must leave them out. */
export function addIdleClinicians(register: Register, organization: Fragment, count: number): void {
  addClinicians(register, { organization }, count);
}

function addClinician(register: Register, { organization, building }: Workplace): Clinician {
  const { random } = register;
  const female = random.chance(0.5);
  const given = random.pick(female ? FEMALE_NAMES : MALE_NAMES);
  const family = random.pick(FAMILY_NAMES);
  const name = `Dr. ${given} ${family}`;
  const npi = withCheckDigit(`99999${random.int(1000, 9999)}`);
  const telecom = [{ system: 'phone', value: `555-555-01${random.int(10, 99)}`, use: 'work' }];
  const person = register.add('Practitioner', name, {
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: npi }],
    active: true,
    name: [{ use: 'official', family, given: [given], prefix: ['Dr.'] }],
    telecom,
    gender: female ? 'female' : 'male',
  });
  const role = register.add('PractitionerRole', name, {
    active: true,
    period: period(FIRST_EVENT),
    practitioner: person,
    organization,
    code: [DOCTOR],
    specialty: [random.pick(SPECIALTIES)],
    location: building && [building],
    telecom,
  });
  return { name, person, role };
}

/** A National Provider Identifier from its first nine digits: Luhn's check digit counts 80840 before them. */
function withCheckDigit(digits: string): string {
  const sum = Array.from(`80840${digits}`, Number)
    .reverse()
    .reduce<number>((total, digit, index) => {
      const weighted = digit * (index % 2 === 0 ? 2 : 1);
      return total + Math.floor(weighted / 10) + (weighted % 10);
    }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
