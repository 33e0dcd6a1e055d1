import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from '../codes/names';
import { ageAt, fullName, type Persona } from '../persona';
import { base64, coding, hl7, narrative, period } from '../text/datatypes';
import { type Fragment, type JsonObject } from '../text/json-text';
import { date, DAY, dateTime, LAST_EVENT } from '../text/times';
import { actor } from '../world/site';
import { type Chart } from './chart';
import { type Visit } from './visits';

const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition';
const RACE_CODES = 'urn:oid:2.16.840.1.113883.6.238';
const MEDICAL_RECORD_NUMBER = hl7('v2-0203', 'MR', 'Medical record number');
const ENGLISH = { coding: [coding('urn:ietf:bcp:47', 'en-US', 'English (United States)')] };
const MARRIED = hl7('v3-MaritalStatus', 'M', 'Married');
const SINGLE = hl7('v3-MaritalStatus', 'S', 'Never Married');
const RELATIONSHIPS = [
  hl7('v3-RoleCode', 'SPS', 'spouse'),
  hl7('v3-RoleCode', 'CHILD', 'child'),
  hl7('v3-RoleCode', 'FRND', 'unrelated friend'),
];
/** SNOMED CT, as us-core-sex has it. */
const FEMALE = '248152002';
const MALE = '248153007';
const TRIBE: JsonObject = {
  url: `${US_CORE}/us-core-tribal-affiliation`,
  extension: [
    {
      url: 'tribalAffiliation',
      valueCodeableConcept: hl7('v3-TribalEntityUS', '338', 'Village of Afognak'),
    },
    { url: 'isEnrolled', valueBoolean: true },
  ],
};
const PNG = 'image/png';
const ONE_PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
);
const MOTHER = hl7('v3-RoleCode', 'MTH', 'mother');

/** The Patient, registered by the site of the first visit. */
export function addPatient(chart: Chart, first: Visit, last: Visit): void {
  const { persona, random, index, patientId } = chart;
  const died = death(chart, last);
  const photo = index % 16 === 9 ? chart.nextId() : undefined;
  const body = {
    text: narrative(`${fullName(persona)}, born ${date(persona.birth)}`),
    extension: [...demographics(persona), ...(index % 8 === 2 ? [TRIBE] : [])],
    identifier: [
      {
        use: 'usual',
        type: MEDICAL_RECORD_NUMBER,
        system: 'urn:oid:2.16.840.1.113883.19.5',
        value: `MRN-${String(index).padStart(8, '0')}`,
        assigner: first.site.organization,
      },
    ],
    active: true,
    name: names(chart, first),
    telecom: [{ system: 'phone', value: `555-555-0${random.int(100, 199)}`, use: 'mobile' }],
    gender: persona.gender,
    birthDate: date(persona.birth),
    deceasedDateTime: died === undefined ? undefined : dateTime(died),
    address: addresses(chart, first),
    maritalStatus: ageAt(persona, LAST_EVENT) < 18 ? undefined : random.pick([MARRIED, SINGLE]),
    communication: [{ language: ENGLISH, preferred: true }],
    photo: photo === undefined ? undefined : [{ contentType: PNG, url: `Binary/${photo}` }],
    generalPractitioner: [actor(first.clinician, random)],
    managingOrganization: first.site.organization,
    link: persona.isDuplicate ? [{ other: chart.relative, type: 'seealso' }] : undefined,
  };
  chart.add('Patient', died ?? last.end, body, patientId);
  if (photo !== undefined) addPhoto(chart, first, photo);
}

/** Bytes that are no text. */
function addPhoto(chart: Chart, first: Visit, id: string): void {
  const body = { contentType: PNG, securityContext: chart.subject, data: base64(ONE_PIXEL) };
  chart.add('Binary', first.end, body, id);
}

/** Family and friends who are no patients themselves: none, one or two. */
export function addRelatedPersons(chart: Chart, first: Visit): readonly Fragment[] {
  const { persona, random } = chart;
  if (persona.hasMother) return [addRelatedPerson(chart, first, MOTHER)];
  return random
    .some(RELATIONSHIPS, random.int(0, 2))
    .map((relationship) => addRelatedPerson(chart, first, relationship));
}

function addRelatedPerson(chart: Chart, first: Visit, relationship: Fragment): Fragment {
  const { persona, random } = chart;
  const female = relationship === MOTHER || random.chance(0.5);
  const family = random.chance(0.7) ? persona.family : random.pick(FAMILY_NAMES);
  return chart.add('RelatedPerson', first.end, {
    active: true,
    patient: chart.subject,
    relationship: [relationship],
    name: [{ family, given: [random.pick(female ? FEMALE_NAMES : MALE_NAMES)] }],
    telecom: [{ system: 'phone', value: `555-555-0${random.int(100, 199)}`, use: 'home' }],
    gender: female ? 'female' : 'male',
    address: [{ use: 'home', line: [persona.street], ...persona.place, country: 'US' }],
  });
}

/** Some had another name, or a suffix, and some have moved. */
function names({ persona, index }: Chart, first: Visit): readonly JsonObject[] {
  const { family, given } = persona;
  const suffix = index % 8 === 6 ? { suffix: ['Jr.'] } : {};
  const name = { use: 'official', family, given: [given], ...suffix };
  if (index % 8 !== 2) return [name];
  const before = { use: 'old', family: FAMILY_NAMES[0], given: [given] };
  return [name, { ...before, period: period(persona.birth, first.start) }];
}

function addresses({ persona, index }: Chart, first: Visit): readonly JsonObject[] {
  const home = { use: 'home', line: [persona.street], ...persona.place, country: 'US' };
  if (index % 8 !== 2) return [home];
  return [home, { ...home, use: 'old', period: period(persona.birth, first.start) }];
}

function demographics({ race, ethnicity, gender }: Persona): readonly JsonObject[] {
  return [
    ombExtension('us-core-race', race),
    ombExtension('us-core-ethnicity', ethnicity),
    { url: `${US_CORE}/us-core-sex`, valueCode: gender === 'female' ? FEMALE : MALE },
    { url: `${US_CORE}/us-core-birthsex`, valueCode: gender === 'female' ? 'F' : 'M' },
  ];
}

function ombExtension(name: string, { code, display }: Persona['race' | 'ethnicity']): JsonObject {
  return {
    url: `${US_CORE}/${name}`,
    extension: [
      { url: 'ombCategory', valueCoding: coding(RACE_CODES, code, display) },
      { url: 'text', valueString: display },
    ],
  };
}

/** Some of the old have died since their last visit. */
function death({ persona, random }: Chart, last: Visit): number | undefined {
  const died = last.end + random.int(1, 60) * DAY;
  const isOld = ageAt(persona, last.end) > 70;
  return isOld && random.chance(0.2) && died < LAST_EVENT ? died : undefined;
}
