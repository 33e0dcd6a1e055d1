import { coding, concept, hl7, SNOMED, US_CORE } from '../text/datatypes';
import { loincConcept, measurement } from './vital-signs';

/** Categories of which US Core has a profile of its own. */
export const RADIOLOGY = [
  concept('Radiology', coding('http://loinc.org', 'LP29684-5', 'Radiology')),
];
export const HEALTH_CONCERN = [
  concept(
    'Health Concern',
    coding(`${US_CORE}/CodeSystem/condition-category`, 'health-concern', 'Health Concern'),
  ),
  concept('SDOH', coding(`${US_CORE}/CodeSystem/us-core-tags`, 'sdoh', 'SDOH')),
];
export const SURVEY = [
  hl7('observation-category', 'survey', 'Survey'),
  concept('SDOH', coding(`${US_CORE}/CodeSystem/us-core-tags`, 'sdoh', 'SDOH')),
];
export const IMAGING = [hl7('observation-category', 'imaging', 'Imaging')];
export const LABORATORY_ORDER = [
  concept('Laboratory procedure', coding(SNOMED, '108252007', 'Laboratory procedure')),
];

export const BMI = measurement(
  'Body mass index (BMI) [Ratio]',
  '39156-5',
  ['kg/m2', 'kg/m2'],
  [18.5, 25, 1],
);
export const HEAD_CIRCUMFERENCE = measurement(
  'Head Occipital-frontal circumference',
  '9843-4',
  ['cm', 'cm'],
  [33, 52, 1],
);
const PERCENT = ['%', '%'] as const;
export const PERCENTILES = [
  measurement('Head Occipital-frontal circumference Percentile', '8289-1', PERCENT, [3, 97, 0]),
  measurement('BMI percentile per age and sex', '59576-9', PERCENT, [5, 85, 0]),
  measurement('Weight-for-length Per age and sex', '77606-2', PERCENT, [3, 97, 0]),
];
export const OXYGEN_FLOW = measurement(
  'Inhaled oxygen flow rate',
  '3151-8',
  ['L/min', 'L/min'],
  [0, 6, 1],
);
export const OXYGEN_CONCENTRATION = measurement(
  'Inhaled oxygen concentration',
  '3150-6',
  PERCENT,
  [21, 40, 0],
);

export const OCCUPATION = loincConcept('11341-5', 'History of Occupation');
export const PREGNANCY_STATUS = loincConcept('82810-3', 'Pregnancy status');
export const PREGNANCY_INTENT = loincConcept('86645-9', 'Pregnancy intention in the next year');
export const SEXUAL_ORIENTATION = loincConcept('76690-7', 'Sexual orientation');
export const FOOD_INSECURITY = loincConcept(
  '88122-7',
  'Within the past 12 months we worried whether our food would run out before we got money to buy more',
);
export const FOOD_SCREENING = loincConcept('88121-9', 'Hunger Vital Sign [HVS]');
