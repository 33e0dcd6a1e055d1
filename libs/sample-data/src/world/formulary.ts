import { type Drug, DRUGS } from '../codes/drugs';
import { hl7, narrative, snomed } from '../text/datatypes';
import { type Fragment } from '../text/json-text';
import { type Register } from './register';

const BUSINESS = hl7('organization-type', 'bus', 'Non-Healthcare Business or Corporation');
const TABLET = snomed('385055001', 'Tablet');

/** A Medication for each stocked drug, with its maker. */
export function addMedications(register: Register): ReadonlyMap<Drug, Fragment> {
  const makers = ['Northfield Generics', 'Aurora Pharma AG', 'Lakeside Biologics'].map((name) =>
    addMaker(register, name),
  );
  const stocked = DRUGS.filter((drug) => drug.stocked);
  return new Map(stocked.map((drug) => [drug, addMedication(register, drug, makers)]));
}

export function addVaccineMakers(register: Register): readonly Fragment[] {
  return ['Kestrel Vaccines', 'Société Vaccinale Léman'].map((name) => addMaker(register, name));
}

function addMaker(register: Register, name: string): Fragment {
  return register.add('Organization', name, { active: true, type: [BUSINESS], name });
}

function addMedication(register: Register, drug: Drug, makers: readonly Fragment[]): Fragment {
  return register.add('Medication', drug.display, {
    text: narrative(drug.display),
    code: drug.code,
    status: 'active',
    manufacturer: register.random.pick(makers),
    form: drug.doseUnit === '{tbl}' ? TABLET : undefined,
    batch: { lotNumber: `L${register.random.int(10_000, 99_999)}` },
  });
}
