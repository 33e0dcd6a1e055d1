export const FEMALE_NAMES = words(`
Abigail Amara Beatriz Carol Chloé Dana Eleanor Fatima Grace Hannah Irene Jasmine Keisha Linda
María Nora Olivia Priya Ruth Sofia Thảo Ursula Violet Wanda Xiu Yolanda Zoë`);

export const MALE_NAMES = words(`
Aaron Benjamin Carlos Darnell Edward Frank George Hiroshi Isaac José Kevin Liam Marcus Nathan
Omar Patrick Quentin Raúl Samuel Søren Thomas Umar Victor Walter Xavier Yusuf Zachary`);

export const FAMILY_NAMES = words(`
Adams Anderson Bailey Brooks Castillo Chen Cohen Cooper Davis Đặng Edwards Fischer Foster
Garcia Green Hall Harris Hughes Jackson Jensen Johnson Kelly Khan Kim Kowalski Lewis Martinez
Miller Mitchell Moore Müller Nelson Nguyễn Núñez O'Brien Okafor Ortiz Parker Patel Peterson
Ramirez Reed Rivera Robinson Sanders Scott Singh Smith Stewart Taylor Thompson Turner Walker
Washington White Williams Wilson Wright Young`);

export const STREETS: readonly string[] = [
  'Oak Street',
  'Maple Avenue',
  'Cedar Lane',
  'Washington Boulevard',
  'Lake Shore Drive',
  'Church Street',
  'Park Road',
  'Mill Creek Way',
  'Sunset Terrace',
  'Highland Avenue',
];

export interface Place {
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
}

export const PLACES: readonly Place[] = [
  { city: 'Chicago', state: 'IL', postalCode: '60602' },
  { city: 'Evanston', state: 'IL', postalCode: '60201' },
  { city: 'Naperville', state: 'IL', postalCode: '60540' },
  { city: 'Milwaukee', state: 'WI', postalCode: '53202' },
  { city: 'Raleigh', state: 'NC', postalCode: '27601' },
  { city: 'Española', state: 'NM', postalCode: '87532' },
  { city: 'Burlington', state: 'VT', postalCode: '05401' },
  { city: 'Cañon City', state: 'CO', postalCode: '81212' },
];

export const RACES = [
  { code: '2106-3', display: 'White' },
  { code: '2106-3', display: 'White' },
  { code: '2106-3', display: 'White' },
  { code: '2054-5', display: 'Black or African American' },
  { code: '2028-9', display: 'Asian' },
  { code: '1002-5', display: 'American Indian or Alaska Native' },
] as const;

export const ETHNICITIES = [
  { code: '2186-5', display: 'Not Hispanic or Latino' },
  { code: '2186-5', display: 'Not Hispanic or Latino' },
  { code: '2186-5', display: 'Not Hispanic or Latino' },
  { code: '2135-2', display: 'Hispanic or Latino' },
] as const;

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
