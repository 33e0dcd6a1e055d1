import { type Place, PLACES, STREETS } from '../codes/names';
import { coding, concept, hl7, hl7Coding, narrative } from '../text/datatypes';
import { decimal, type Fragment, type JsonObject } from '../text/json-text';
import { addClinicians, addIdleClinicians } from './clinicians';
import { type Register } from './register';
import { type Site } from './site';

const PROVIDER = hl7('organization-type', 'prov', 'Healthcare Provider');
const CLINICIANS_PER_SITE = 11;
const IDLE_CLINICIANS = 12;
const SITE_KINDS = [
  'Family Medicine',
  'General Hospital',
  'Medical Center',
  'Pediatrics & Women’s Health',
];
const NPI = 'http://hl7.org/fhir/sid/us-npi';
/** One that nobody has, with a check digit that is right: of all organizations of the sample. */
const NPI_OF_ORGANIZATIONS = '9999999995';
const ROOMS = ['Exam room 1', 'Exam room 2', 'Emergency department', 'Ward 3 West'];

/** The health system, its sites with buildings, rooms and staff, and the laboratory. */
export function addSites(register: Register): {
  readonly sites: readonly Site[];
  readonly laboratory: Fragment;
} {
  const systemName = 'Prairie Lakes Health System';
  const system = register.add('Organization', systemName, organization(systemName, PLACES[0]));
  const laboratoryName = 'Prairie Lakes Reference Laboratory';
  const laboratory = register.add(
    'Organization',
    laboratoryName,
    organization(laboratoryName, PLACES[0], system),
  );
  const sites = PLACES.map((place, index) => addSite(register, { place, index, system }));
  addIdleClinicians(register, system, IDLE_CLINICIANS);
  return { sites, laboratory };
}

/** Added last, so that what stood before it stays the same. */
export function addInsurer(register: Register): Fragment {
  const name = 'Northern Plains Health Plan';
  return register.add('Organization', name, organization(name, PLACES[0]));
}

function addSite(
  register: Register,
  { place, index, system }: { place: Place; index: number; system: Fragment },
): Site {
  const name = `${place.city} ${SITE_KINDS[index % SITE_KINDS.length] ?? 'Clinic'}`;
  const self = register.add('Organization', name, organization(name, place, system));
  const building = register.add('Location', `${name}, main building`, {
    ...location(`${name}, main building`, 'bu', 'Building'),
    address: address(register, place),
    position: { longitude: decimal(-87.6 - index, 4), latitude: decimal(41.88 + index / 4, 4) },
    managingOrganization: self,
  });
  const rooms = ROOMS.map((room) =>
    register.add('Location', `${name}, ${room}`, {
      ...location(`${name}, ${room}`, 'ro', 'Room'),
      managingOrganization: self,
      partOf: building,
    }),
  );
  const clinicians = addClinicians(register, { organization: self, building }, CLINICIANS_PER_SITE);
  return { organization: self, organizationName: name, rooms, clinicians };
}

function organization(name: string, place?: Place, partOf?: Fragment): JsonObject {
  return {
    text: narrative(name),
    identifier: [{ system: NPI, value: NPI_OF_ORGANIZATIONS }],
    active: true,
    type: [PROVIDER],
    name,
    telecom: [{ system: 'phone', value: '555-555-0100', use: 'work' }],
    address: place && [{ line: ['1 Prairie Avenue'], ...place, country: 'US' }],
    partOf,
  };
}

function location(name: string, code: string, display: string): JsonObject {
  return {
    status: 'active',
    name,
    mode: 'instance',
    telecom: [{ system: 'phone', value: '555-555-0100', use: 'work' }],
    type: [
      concept('Patient care', coding('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'PC')),
    ],
    physicalType: { coding: [hl7Coding('location-physical-type', code, display)] },
  };
}

function address(register: Register, place: Place): JsonObject {
  const street = `${register.random.int(1, 900)} ${register.random.pick(STREETS)}`;
  return { use: 'work', line: [street], ...place, country: 'US' };
}
