import { hasCoding, SUBJECT, type UsCoreProfile } from './us-core-profile';

const VITAL_SIGN = [
  'status.exists()',
  "category.coding.where(code = 'vital-signs').exists()",
  SUBJECT,
  'effective.exists()',
  'value.exists() or component.exists() or dataAbsentReason.exists()',
  'value.all(unit.exists() and code.exists())',
];

function vitalSign(name: string, ...codes: readonly string[]): UsCoreProfile {
  const has = codes.map((code) => hasCoding('code', 'http://loinc.org', code));
  const [first = ''] = has.slice(-1);
  return { name, type: 'Observation', where: first, requires: [...VITAL_SIGN, ...has] };
}

function socialHistory(name: string, code: string): UsCoreProfile {
  const where = hasCoding('code', 'http://loinc.org', code);
  return { name, type: 'Observation', where, requires: [where, SUBJECT, 'effective.exists()'] };
}

/** As US_CORE_PROFILES, for Observations. */
export const OBSERVATION_PROFILES: readonly UsCoreProfile[] = [
  {
    name: 'observation-clinical-result',
    type: 'Observation',
    where: "category.coding.where(code = 'imaging').exists()",
    requires: ['status.exists() and code.exists()', SUBJECT],
    shows: ['value.ofType(CodeableConcept).exists()', 'value.ofType(string).exists()'],
  },
  {
    name: 'observation-screening-assessment',
    type: 'Observation',
    where: "category.coding.where(code = 'survey').exists()",
    requires: ['status.exists() and code.exists()', SUBJECT],
    shows: [
      "category.coding.where(code = 'sdoh').exists()",
      'effective.exists() and performer.exists() and value.exists()',
      'hasMember.exists()',
      "derivedFrom.where(reference.startsWith('QuestionnaireResponse/')).exists()",
    ],
  },
  vitalSign('bmi', '39156-5'),
  vitalSign('head-circumference', '9843-4'),
  vitalSign('head-occipital-frontal-circumference-percentile', '8289-1'),
  vitalSign('pediatric-bmi-for-age', '59576-9'),
  vitalSign('pediatric-weight-for-height', '77606-2'),
  socialHistory('observation-occupation', '11341-5'),
  socialHistory('observation-pregnancystatus', '82810-3'),
  socialHistory('observation-pregnancyintent', '86645-9'),
  socialHistory('observation-sexual-orientation', '76690-7'),
  {
    name: 'observation-lab',
    type: 'Observation',
    where: "category.coding.where(code = 'laboratory').exists()",
    shows: [
      'specimen.exists()',
      'value.ofType(CodeableConcept).exists()',
      'value.ofType(string).exists()',
    ],
    requires: [
      'status.exists() and code.exists()',
      SUBJECT,
      'value.exists() or component.exists() or dataAbsentReason.exists()',
    ],
  },
  {
    name: 'smokingstatus',
    type: 'Observation',
    where: hasCoding('code', 'http://loinc.org', '72166-2'),
    requires: [
      'status.exists() and effective.exists()',
      "category.coding.where(code = 'social-history').exists()",
      SUBJECT,
      'value.exists()',
    ],
  },
  {
    ...vitalSign('blood-pressure', '85354-9'),
    shows: ['component.dataAbsentReason.exists()', 'component.value.exists()'],
  },
  vitalSign('body-temperature', '8310-5'),
  vitalSign('body-height', '8302-2'),
  vitalSign('body-weight', '29463-7'),
  vitalSign('heart-rate', '8867-4'),
  {
    ...vitalSign('pulse-oximetry', '59408-5', '2708-6'),
    shows: [
      "component.code.coding.where(code = '3151-8').exists()",
      "component.code.coding.where(code = '3150-6').exists()",
    ],
  },
  vitalSign('respiratory-rate', '9279-1'),
];
