import type { Random } from '../../../libs/sample-data/src/random';

/** Any value of JSON. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

const CODES = [
  'active',
  'final',
  'male',
  'a b',
  'x|y',
  'c,d',
  'e$f',
  'back\\slash',
  "quo'te",
  'dou"ble',
  'é',
  'ACTIVE',
  'a/b',
  '1',
];
const SYSTEMS = ['http://loinc.org', 'urn:oid:1.2', 'http://ex.org/a|b', 'http://ex.org/"q"'];
const TEXTS = [
  'Eve',
  'eve',
  'ÉVE',
  'Evelyn',
  'Severine',
  "O'Brien",
  'OBrien',
  'Smith-Jones',
  'smith  jones',
  'Müller',
  'MULLER',
  'Łódź',
  'łódź',
  'ΣΙΣΥΦΟΣ',
  'σίσυφος',
  'Иванов',
  'a%b_c',
  'x\\y',
  "'; drop table v; --",
  '"quoted"',
  '$$',
  '漢字',
  '12 Main St.',
  'ﬁne',
];
const UNITS: readonly Readonly<Record<string, string>>[] = [
  { unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
  { unit: 'milligram', system: 'http://unitsofmeasure.org', code: 'mg' },
  { unit: 'mg' },
  { unit: 'years', system: 'http://unitsofmeasure.org', code: 'a' },
  {},
];
const NUMBERS = [5, 5.4, 5.45, 5.39, 0, -3, 100, 99.5, 100.5, 95, 104.9, 0.0054, 140, 1e2, 120.0];
const TARGETS = [
  'Patient',
  'Practitioner',
  'Group',
  'Encounter',
  'Condition',
  'Organization',
  'Location',
  'Observation',
  'RelatedPerson',
];
export const OWN_BASE = 'https://ehr.example.org/fhir';

/** A value of a FHIR data type, now and then an odd one. */
export function oddValue(type: string, random: Random): Json {
  const make = MAKERS[type];
  if (!make) throw new Error(`No values of ${type} are made.`);
  return make(random);
}

const MAKERS: Readonly<Record<string, (random: Random) => Json>> = {
  boolean: (random) => random.chance(0.5),
  code: (random) => random.pick(CODES),
  string: text,
  markdown: text,
  date: (random) => dateText(random, 10),
  dateTime: (random) => dateText(random, 30),
  instant: (random) => `${day(random)}T${time(random)}Z`,
  uri: (random) => random.pick([...SYSTEMS, `${OWN_BASE}/Binary/1`]),
  url: (random) => random.pick([...SYSTEMS, 'Binary/1', `${OWN_BASE}/Binary/1`]),
  canonical: (random) =>
    random.pick(['http://ex.org/q', 'http://ex.org/q|1.0', 'http://ex.org/q|2', 'urn:q']),
  Coding: coding,
  CodeableConcept: (random) =>
    some(random, {
      coding: () => (random.chance(0.2) ? coding(random) : list(random, coding)),
      text: () => text(random),
    }),
  Identifier: (random) =>
    some(random, { system: () => random.pick(SYSTEMS), value: () => random.pick(CODES) }),
  ContactPoint: (random) =>
    some(random, {
      system: () => random.pick(['phone', 'email', 'fax']),
      value: () => random.pick(CODES),
    }),
  HumanName: (random) =>
    some(random, {
      family: () => text(random),
      given: () => [...list(random, text), ...(random.chance(0.1) ? [null] : [])],
      prefix: () => list(random, text),
      text: () => text(random),
      use: () => 'Eve',
    }),
  Address: (random) =>
    some(random, {
      line: () => list(random, text),
      city: () => text(random),
      district: () => text(random),
      country: () => text(random),
      use: () => 'Eve',
    }),
  Period: period,
  Timing: (random) =>
    some(random, {
      event: () => list(random, (one) => dateText(one, 30)),
      repeat: () => ({ [random.pick(['boundsPeriod', 'other'])]: period(random) }),
    }),
  Reference: reference,
  decimal: (random) => random.pick(NUMBERS),
  integer: (random) => random.pick([0, 5, 95, 100, 120, -3]),
  Money: (random) =>
    some(random, {
      value: () => random.pick(NUMBERS),
      currency: () => random.pick(['USD', 'EUR']),
    }),
  Quantity: quantity,
  Age: quantity,
  Duration: quantity,
  Range: (random) => some(random, { low: () => quantity(random), high: () => quantity(random) }),
  SampledData: (random) => ({
    origin: quantity(random),
    ...some(random, { factor: () => 2.5 }),
    data: random.pick(['1 2 3', '4 E -2 L', 'E U', '7', '1.5 2e1', '']),
  }),
};

function some(
  random: Random,
  members: Readonly<Record<string, () => Json>>,
): { [name: string]: Json } {
  const taken = Object.entries(members).filter(() => random.chance(0.7));
  return Object.fromEntries(taken.map(([name, make]) => [name, make()]));
}

function list(random: Random, make: (random: Random) => Json): readonly Json[] {
  return Array.from({ length: random.int(1, 3) }, () => make(random));
}

function text(random: Random): string {
  return random.pick(TEXTS);
}

function coding(random: Random): Json {
  return some(random, { system: () => random.pick(SYSTEMS), code: () => random.pick(CODES) });
}

function quantity(random: Random): Json {
  const comparator = random.chance(0.15) ? { comparator: random.pick(['<', '<=', '>', '>=']) } : {};
  const value = random.chance(0.9) ? { value: random.pick(NUMBERS) } : {};
  return Object.assign({}, value, comparator, random.pick(UNITS));
}

function reference(random: Random): Json {
  const type = random.pick(TARGETS);
  const id = random.pick(['1', '2', 'a.b', 'a-b']);
  const literal = random.pick([
    `${type}/${id}`,
    `${type}/${id}`,
    `${type}/${id}/_history/3`,
    `${OWN_BASE}/${type}/${id}`,
    `https://other.example.org/fhir/${type}/${id}`,
    'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    '#inside',
  ]);
  return some(random, {
    reference: () => literal,
    type: () => type,
    identifier: () => oddValue('Identifier', random),
  });
}

function period(random: Random): Json {
  return some(random, { start: () => dateText(random, 30), end: () => dateText(random, 30) });
}

/** A date of any precision, up to `length` characters; one in twenty is none. */
function dateText(random: Random, length: number): string {
  if (random.chance(0.05)) return random.pick(['unknown', '2020-02-30', '2020-13', '', '20200101']);
  const zone = random.pick(['Z', '+02:00', '-05:30']);
  const whole = day(random);
  const forms = [whole.slice(0, 4), whole.slice(0, 7), whole];
  if (length > 10)
    forms.push(`${whole}T${time(random).slice(0, 8)}${zone}`, `${whole}T${time(random)}${zone}`);
  return random.pick(forms);
}

function day(random: Random): string {
  const month = String(random.pick([1, 2, 2, 12])).padStart(2, '0');
  return `${random.pick([2019, 2020, 2020, 2021])}-${month}-${String(random.pick([1, 2, 28])).padStart(2, '0')}`;
}

function time(random: Random): string {
  return random.pick(['00:00:00.000', '10:00:00.500', '10:00:01.123', '23:59:59.999']);
}
