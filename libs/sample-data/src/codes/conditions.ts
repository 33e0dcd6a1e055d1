import { coding, concept, hl7, ICD10, SNOMED } from '../text/datatypes';
import { type Fragment } from '../text/json-text';

/** The categories of Conditions, each with a profile of US Core of its own. */
export const PROBLEM = [hl7('condition-category', 'problem-list-item', 'Problem List Item')];
export const DIAGNOSIS = [hl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis')];

export interface ConditionCode {
  readonly name: string;
  readonly code: Fragment;
}

export interface ChronicCondition extends ConditionCode {
  /** Share of the people of at least `fromAge` who have it. */
  readonly share: number;
  readonly fromAge: number;
  /** Drugs that treat it, names as in DRUGS. */
  readonly drugs: readonly string[];
}

function condition(name: string, snomed: string, icd10: string): ConditionCode {
  return { name, code: concept(name, coding(SNOMED, snomed, name), coding(ICD10, icd10)) };
}

export const DIABETES = 'Type 2 diabetes mellitus';

export const CHRONIC_CONDITIONS: readonly ChronicCondition[] = [
  {
    ...condition(DIABETES, '44054006', 'E11.9'),
    share: 0.16,
    fromAge: 30,
    drugs: ['metformin', 'insulin'],
  },
  {
    ...condition('Hypertensive disorder', '38341003', 'I10'),
    share: 0.38,
    fromAge: 30,
    drugs: ['lisinopril', 'amlodipine', 'hydrochlorothiazide'],
  },
  {
    ...condition('Hyperlipidemia', '55822004', 'E78.5'),
    share: 0.3,
    fromAge: 35,
    drugs: ['atorvastatin', 'simvastatin'],
  },
  { ...condition('Asthma', '195967001', 'J45.909'), share: 0.08, fromAge: 4, drugs: ['albuterol'] },
  {
    ...condition('Chronic obstructive lung disease', '13645005', 'J44.9'),
    share: 0.08,
    fromAge: 50,
    drugs: ['fluticasone', 'albuterol'],
  },
  {
    ...condition('Depressive disorder', '35489007', 'F32.A'),
    share: 0.1,
    fromAge: 16,
    drugs: ['sertraline'],
  },
  {
    ...condition('Gastroesophageal reflux disease', '235595009', 'K21.9'),
    share: 0.12,
    fromAge: 25,
    drugs: ['omeprazole'],
  },
  {
    ...condition('Osteoarthritis', '396275006', 'M19.90'),
    share: 0.2,
    fromAge: 50,
    drugs: ['ibuprofen', 'acetaminophen'],
  },
  {
    ...condition('Atrial fibrillation', '49436004', 'I48.91'),
    share: 0.09,
    fromAge: 60,
    drugs: ['warfarin', 'metoprolol'],
  },
  {
    ...condition('Heart failure', '84114007', 'I50.9'),
    share: 0.06,
    fromAge: 60,
    drugs: ['furosemide', 'metoprolol'],
  },
];

export const ACUTE_CONDITIONS: readonly ConditionCode[] = [
  condition('Influenza', '6142004', 'J11.1'),
  condition('Acute viral pharyngitis', '195662009', 'J02.9'),
  condition('Acute bronchitis', '10509002', 'J20.9'),
  condition('Sinusitis', '36971009', 'J32.9'),
  condition('Otitis media', '65363002', 'H66.90'),
  condition('Allergic rhinitis', '61582004', 'J30.9'),
  condition('Headache', '25064002', 'R51.9'),
  condition('Sprain of ankle', '44465007', 'S93.409A'),
  condition('Atopic dermatitis', '24079001', 'L20.9'),
];

/** Not seen in small children. */
export const ADULT_ACUTE_CONDITIONS: readonly ConditionCode[] = [
  ...ACUTE_CONDITIONS,
  condition('Low back pain', '279039007', 'M54.50'),
  condition('Urinary tract infectious disease', '68566005', 'N39.0'),
  condition('Migraine', '37796009', 'G43.909'),
];
