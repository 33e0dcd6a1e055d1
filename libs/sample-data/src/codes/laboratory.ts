import { type Fragment } from '../text/json-text';
import { loincConcept, type Measurement, measurement } from './vital-signs';

export interface LaboratoryPanel {
  readonly name: string;
  readonly code: Fragment;
  readonly tests: readonly Measurement[];
}

const MG_DL = ['mg/dL', 'mg/dL'] as const;
const MMOL_L = ['mmol/L', 'mmol/L'] as const;
const U_L = ['U/L', 'U/L'] as const;

function panel(name: string, loinc: string, tests: readonly Measurement[]): LaboratoryPanel {
  return { name, code: loincConcept(loinc, name), tests };
}

const METABOLIC = panel('Basic metabolic panel - Blood', '51990-0', [
  measurement('Glucose [Mass/volume] in Blood', '2339-0', MG_DL, [70, 99, 0]),
  measurement('Urea nitrogen [Mass/volume] in Serum or Plasma', '3094-0', MG_DL, [7, 20, 0]),
  measurement('Creatinine [Mass/volume] in Serum or Plasma', '2160-0', MG_DL, [0.6, 1.3, 2]),
  measurement('Sodium [Moles/volume] in Serum or Plasma', '2951-2', MMOL_L, [136, 145, 0]),
  measurement('Potassium [Moles/volume] in Serum or Plasma', '2823-3', MMOL_L, [3.5, 5.1, 1]),
  measurement('Chloride [Moles/volume] in Serum or Plasma', '2075-0', MMOL_L, [98, 107, 0]),
]);

const LIPIDS = panel('Lipid panel with direct LDL - Serum or Plasma', '57698-3', [
  measurement('Cholesterol [Mass/volume] in Serum or Plasma', '2093-3', MG_DL, [125, 200, 0]),
  measurement('Triglyceride [Mass/volume] in Serum or Plasma', '2571-8', MG_DL, [50, 150, 0]),
  measurement('Cholesterol in HDL [Mass/volume] in Serum or Plasma', '2085-9', MG_DL, [40, 80, 0]),
  measurement(
    'Cholesterol in LDL [Mass/volume] in Serum or Plasma',
    '18262-6',
    MG_DL,
    [50, 130, 1],
  ),
]);

const BLOOD_COUNT = panel('CBC panel - Blood by Automated count', '58410-2', [
  measurement('Leukocytes [#/volume] in Blood', '6690-2', ['10*3/uL', '10*3/uL'], [4.5, 11, 1]),
  measurement('Erythrocytes [#/volume] in Blood', '789-8', ['10*6/uL', '10*6/uL'], [4.2, 5.9, 2]),
  measurement('Hemoglobin [Mass/volume] in Blood', '718-7', ['g/dL', 'g/dL'], [12, 17.5, 1]),
  measurement('Hematocrit [Volume Fraction] of Blood', '4544-3', ['%', '%'], [36, 50, 1]),
  measurement('Platelets [#/volume] in Blood', '777-3', ['10*3/uL', '10*3/uL'], [150, 400, 0]),
]);

const LIVER = panel('Hepatic function panel - Serum or Plasma', '24325-3', [
  measurement('Alanine aminotransferase [Enzymatic activity/volume]', '1742-6', U_L, [7, 56, 0]),
  measurement('Aspartate aminotransferase [Enzymatic activity/volume]', '1920-8', U_L, [10, 40, 0]),
  measurement('Bilirubin.total [Mass/volume] in Serum or Plasma', '1975-2', MG_DL, [0.1, 1.2, 2]),
  measurement(
    'Albumin [Mass/volume] in Serum or Plasma',
    '1751-7',
    ['g/dL', 'g/dL'],
    [3.4, 5.4, 2],
  ),
]);

export const GLYCEMIC_CONTROL = panel('Hemoglobin A1c measurement', '4548-4', [
  measurement('Hemoglobin A1c/Hemoglobin.total in Blood', '4548-4', ['%', '%'], [5.7, 9.6, 1]),
  measurement('Glucose [Mass/volume] in Blood', '2339-0', MG_DL, [70, 99, 0]),
]);

export const TROPONIN = measurement(
  'Troponin I.cardiac [Mass/volume] in Serum or Plasma',
  '10839-9',
  ['ng/mL', 'ng/mL'],
  [0.001, 0.04, 3],
);

export const CARDIAC = panel('Cardiac markers', '10839-9', [
  TROPONIN,
  measurement('INR in Platelet poor plasma', '6301-6', ['{INR}', '{INR}'], [0.8, 1.1, 2]),
]);

export const LABORATORY_PANELS: readonly LaboratoryPanel[] = [
  METABOLIC,
  METABOLIC,
  LIPIDS,
  BLOOD_COUNT,
  LIVER,
];
