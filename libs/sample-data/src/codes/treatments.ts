import { coding, concept, CVX, snomed } from '../text/datatypes';
import { type Fragment } from '../text/json-text';

function vaccine(code: string, display: string): Fragment {
  return concept(display, coding(CVX, code, display));
}

export const INFLUENZA_VACCINE = vaccine(
  '140',
  'Influenza, seasonal, injectable, preservative free',
);

export const CHILD_VACCINES: readonly Fragment[] = [
  vaccine('20', 'DTaP'),
  vaccine('10', 'IPV'),
  vaccine('03', 'MMR'),
  vaccine('21', 'varicella'),
  vaccine('08', 'Hep B, adolescent or pediatric'),
  vaccine('83', 'Hep A, ped/adol, 2 dose'),
  vaccine('49', 'Hib (PRP-OMP)'),
  vaccine('133', 'Pneumococcal conjugate PCV 13'),
];

export const ADULT_VACCINES: readonly Fragment[] = [
  INFLUENZA_VACCINE,
  INFLUENZA_VACCINE,
  vaccine('113', 'Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed'),
  vaccine('115', 'Tdap'),
  vaccine('187', 'zoster recombinant'),
  vaccine('33', 'pneumococcal polysaccharide PPV23'),
];

export const OFFICE_PROCEDURES: readonly Fragment[] = [
  snomed('430193006', 'Medication reconciliation'),
  snomed('710824005', 'Assessment of health and social care needs'),
  snomed('171207006', 'Depression screening'),
  snomed('268400002', '12 lead electrocardiogram'),
  snomed('127783003', 'Spirometry'),
];

export const HOSPITAL_PROCEDURES: readonly Fragment[] = [
  snomed('399208008', 'Plain X-ray of chest'),
  snomed('73761001', 'Colonoscopy'),
  snomed('80146002', 'Appendectomy'),
  snomed('288086009', 'Suture open wound'),
];

export interface Implant {
  readonly procedure: Fragment;
  readonly device: Fragment;
  readonly model: string;
}

export const IMPLANTS: readonly Implant[] = [
  {
    procedure: snomed('307280005', 'Implantation of cardiac pacemaker'),
    device: snomed('14106009', 'Cardiac pacemaker'),
    model: 'Cadence DR 320',
  },
  {
    procedure: snomed('609588000', 'Total knee replacement'),
    device: snomed('304120007', 'Total knee replacement prosthesis'),
    model: 'Strider® PS knee',
  },
];

export const INSTRUMENTS: readonly { readonly name: string; readonly code: Fragment }[] = [
  {
    name: 'Blood pressure monitor',
    code: snomed('258057004', 'Non-invasive blood pressure monitor'),
  },
  { name: 'Pulse oximeter', code: snomed('448703006', 'Pulse oximeter') },
  {
    name: 'Electrocardiograph',
    code: snomed('86184003', 'Electrocardiographic monitor and recorder'),
  },
  { name: 'Blood glucose meter', code: snomed('337414009', 'Blood glucose meter') },
];

export interface Allergen {
  readonly name: string;
  readonly category: 'food' | 'medication' | 'environment';
  readonly code: Fragment;
}

export const ALLERGENS: readonly Allergen[] = [
  allergen('medication', '91936005', 'Allergy to penicillin'),
  allergen('food', '91935009', 'Allergy to peanut'),
  allergen('food', '300913006', 'Allergy to shellfish'),
  allergen('environment', '232350006', 'Allergy to house dust mite'),
  allergen('environment', '418689008', 'Allergy to grass pollen'),
  allergen('environment', '300916003', 'Allergy to latex'),
];

export const REACTIONS: readonly Fragment[] = [
  snomed('271807003', 'Eruption of skin'),
  snomed('247472004', 'Wheal'),
  snomed('267036007', 'Dyspnea'),
  snomed('39579001', 'Anaphylaxis'),
];

function allergen(category: Allergen['category'], code: string, name: string): Allergen {
  return { name, category, code: snomed(code, name) };
}
