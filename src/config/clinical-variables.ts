import { makeValidator } from 'envalid';

import { isResourceType, OFFERED_BY_DEFAULT, RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { parseWhole } from './values';
import { plain, postgresUrl, seconds, secret } from './variable';

const days = makeValidator<number>((input) => parseWhole(input, 1));
const daysKept = makeValidator<number | undefined>((input) => parseWhole(input, 1));

const resourceTypes = makeValidator<readonly ResourceType[]>((input) => {
  const names = input === '*' ? RESOURCE_TYPES : input.split(',').map((name) => name.trim());
  if (names.every(isResourceType)) return RESOURCE_TYPES.filter((type) => names.includes(type));
  throw new Error(
    'must be *, or names of R4 resource types that lie in the compartment of patients or are pointed at from there, with commas between them',
  );
});

/** As long as HIPAA has disclosures accounted for (45 CFR 164.528): six years. */
const SIX_YEARS = 2190;

/** Variables about the clinical store and how it is read. */
export const CLINICAL_VARIABLES = {
  RESOURCE_TYPES: plain(
    resourceTypes({
      default: OFFERED_BY_DEFAULT,
      example: 'Patient,Condition,Observation,Claim',
      desc: 'The resource types that apps may be given, with commas between them; * stands for all that can be exported. Left out: the 25 of the vendor and five more of US Core. Everything is stored whether it is offered or not; after a change, `migrate` gives a type that is new a table of its own.',
    }),
  ),
  CLINICAL_READ_URL: secret(
    postgresUrl({
      default: undefined,
      example: 'postgres://bulk:PASSWORD@replica.example.org:5432/bulk',
      desc: 'Streaming replica of DATABASE_URL, or several behind one name, that extraction reads from. A part reads it once it has replayed all that the export needs; a replica that cannot be reached, lags too much or is none is passed over, and DATABASE_URL is read.',
    }),
  ),
  CLINICAL_READ_WAIT_SECONDS: plain(
    seconds({
      default: 30,
      desc: 'How long a part waits for the replica of CLINICAL_READ_URL to catch up before it reads DATABASE_URL.',
    }),
  ),
  HISTORY_KEPT_DAYS: plain(
    daysKept({
      default: undefined,
      example: '400',
      desc: 'How many days the clinical store keeps superseded versions, by which it knows what was deleted or had joined since an instant; empty keeps all. A _since from before is refused, or with handling=lenient answered without deleted. What a running export reads is never trimmed.',
    }),
  ),
  OWN_GROUPS_KEPT_DAYS: plain(
    days({
      default: 400,
      desc: 'How many days a group that an app keeps stays without being changed or exported. Afterwards it is deleted; the Group tells the time beforehand.',
    }),
  ),
  AUDIT_KEPT_DAYS: plain(
    days({
      default: SIX_YEARS,
      desc: 'How many days after the end of an export it stays on record whose data it held, so that operators can tell a patient who took it. Afterwards that is forgotten, and with it the ids of patients nobody has taken since. Audit events stay.',
    }),
  ),
};
