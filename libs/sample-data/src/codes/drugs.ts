import { coding, concept, RXNORM } from '../text/datatypes';
import { Fragment } from '../text/json-text';

export interface Drug {
  readonly name: string;
  readonly display: string;
  readonly code: Fragment;
  /** What the patient is told. */
  readonly directions: string;
  readonly dose: Fragment;
  readonly doseUnit: string;
  /** In the formulary: prescribed by reference to a Medication, else by code alone. */
  readonly stocked: boolean;
}

interface Use {
  readonly directions: string;
  /** A JSON number; its trailing zeros are kept. */
  readonly dose?: string;
  readonly doseUnit?: string;
  readonly stocked?: boolean;
}

function drug(name: string, rxnorm: string, display: string, use: Use): Drug {
  const { directions, dose = '1', doseUnit = '{tbl}', stocked = false } = use;
  const code = concept(display, coding(RXNORM, rxnorm, display));
  return { name, display, code, directions, dose: new Fragment(dose), doseUnit, stocked };
}

const ONCE = 'Take 1 tablet by mouth once daily';
const TWICE = 'Take 1 tablet by mouth twice daily with food';
const INHALE = 'Inhale 2 puffs every 4 to 6 hours as needed';
const PUFFS = { directions: INHALE, dose: '2', doseUnit: '{puff}', stocked: true };
const AS_NEEDED = 'Take 1 to 2 tablets by mouth every 6 hours as needed';

const LONG_TERM_DRUGS: readonly Drug[] = [
  drug('metformin', '860975', '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet', {
    directions: TWICE,
    dose: '1.0',
    stocked: true,
  }),
  drug(
    'insulin',
    '106892',
    'insulin isophane, human 70 UNT/ML / insulin, regular, human 30 UNT/ML Injectable Suspension [Humulin]',
    { directions: 'Inject 0.10 mL under the skin before breakfast', dose: '0.10', doseUnit: 'mL' },
  ),
  drug('lisinopril', '314076', 'lisinopril 10 MG Oral Tablet', { directions: ONCE, stocked: true }),
  drug('amlodipine', '197361', 'amlodipine 5 MG Oral Tablet', { directions: ONCE }),
  drug('hydrochlorothiazide', '310798', 'hydrochlorothiazide 25 MG Oral Tablet', {
    directions: ONCE,
  }),
  drug('atorvastatin', '617310', 'atorvastatin 20 MG Oral Tablet', {
    directions: 'Take 1 tablet by mouth at bedtime',
    stocked: true,
  }),
  drug('simvastatin', '312961', 'simvastatin 20 MG Oral Tablet', { directions: ONCE }),
  drug('albuterol', '745679', '200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler', PUFFS),
  drug(
    'fluticasone',
    '895994',
    '120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler',
    PUFFS,
  ),
  drug('sertraline', '312941', 'sertraline 50 MG Oral Tablet', {
    directions: 'Take half a tablet by mouth once daily for a week, then 1 tablet',
    dose: '0.50',
  }),
  drug('omeprazole', '198051', 'omeprazole 20 MG Delayed Release Oral Capsule', {
    directions: 'Take 1 capsule by mouth before breakfast',
    doseUnit: '{capsule}',
    stocked: true,
  }),
  drug('warfarin', '855332', 'warfarin sodium 5 MG Oral Tablet', {
    directions: 'Take as directed by the "anticoagulation clinic"',
    dose: '0.50',
  }),
  drug('metoprolol', '866924', 'metoprolol tartrate 25 MG Oral Tablet', { directions: TWICE }),
  drug('furosemide', '313988', 'furosemide 40 MG Oral Tablet', { directions: ONCE, stocked: true }),
];

export const SHORT_TERM_DRUGS: readonly Drug[] = [
  drug('acetaminophen', '313782', 'acetaminophen 325 MG Oral Tablet', {
    directions: AS_NEEDED,
    stocked: true,
  }),
  drug('ibuprofen', '310965', 'ibuprofen 200 MG Oral Tablet', { directions: AS_NEEDED }),
  drug('amoxicillin', '308182', 'amoxicillin 250 MG Oral Capsule', {
    directions: 'Take 1 capsule by mouth three times daily until finished',
    doseUnit: '{capsule}',
  }),
  drug('amoxicillin-clavulanate', '562251', 'amoxicillin 250 MG / clavulanate 125 MG Oral Tablet', {
    directions: TWICE,
  }),
];

/** Given by staff during a stay. */
export const WARD_DRUGS: readonly Drug[] = [
  drug('heparin', '1659263', '1 ML heparin sodium, porcine 5000 UNT/ML Injection', {
    directions: 'Inject 1 mL under the skin every 8 hours',
    dose: '1.0',
    doseUnit: 'mL',
    stocked: true,
  }),
  drug('midazolam', '311700', 'midazolam 1 MG/ML Injectable Solution', {
    directions: '2.50 mL slowly into a vein before the procedure',
    dose: '2.50',
    doseUnit: 'mL',
  }),
  drug('piperacillin', '1659149', 'piperacillin 2000 MG / tazobactam 250 MG Injection', {
    directions: 'One vial into a vein every 6 hours',
    doseUnit: '{vial}',
    stocked: true,
  }),
];

export const DRUGS: readonly Drug[] = [...LONG_TERM_DRUGS, ...SHORT_TERM_DRUGS, ...WARD_DRUGS];

const byName = new Map(DRUGS.map((entry) => [entry.name, entry]));

export function drugNamed(name: string): Drug {
  const found = byName.get(name);
  if (!found) throw new Error(`no drug named ${name}`);
  return found;
}
