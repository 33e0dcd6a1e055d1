import { bool, makeValidator, str } from 'envalid';

import { isR4ResourceType } from '@app/fhir';

import { feedName } from './feed-variables';
import { plain, positive, seconds, timeout, url } from './variable';

const name = makeValidator<string>(feedName);
const operation = makeValidator<string>((input) => {
  if (/^(?:Patient\/|Group\/[A-Za-z0-9.-]{1,64}\/)?\$export$/.test(input)) return input;
  throw new Error('must be $export, Patient/$export or Group/ID/$export');
});
const types = makeValidator<readonly string[]>((input) =>
  input === '' ? [] : [...new Set(input.split(',').map((type) => resourceType(type.trim())))],
);

/** Another FHIR server that is followed. */
export const FHIR_FOLLOWER_VARIABLES = {
  FEED_FHIR_URL: plain(
    url({
      default: undefined,
      example: 'https://ehr.example.org/fhir',
      desc: 'Base URL of a FHIR R4 server that ROLE=feed follows, and ROLE=all: docs/followers.md.',
    }),
  ),
  FEED_FHIR_NAME: plain(
    name({ default: 'fhir-server', desc: 'Name of the feed that FEED_FHIR_URL is.' }),
  ),
  FEED_FHIR_CLIENT_ID: plain(
    str({
      default: undefined,
      desc: 'Id under which the server knows this service as a client (SMART Backend Services). Empty for a server that asks for no token.',
    }),
  ),
  FEED_FHIR_KEY_FILE: plain(
    str({
      default: undefined,
      example: '/run/secrets/fhir-key.json',
      desc: 'File with the private key of FEED_FHIR_CLIENT_ID, as JSON: a JWK with kid and alg (ES384 or RS384), alone or in a set. Read at start.',
    }),
  ),
  FEED_FHIR_SCOPE: plain(
    str({ default: 'system/*.rs', desc: 'Scopes that are asked for, separated by spaces.' }),
  ),
  FEED_FHIR_READ_BY: plain(
    str({
      choices: ['auto', 'export', 'search'],
      default: 'auto',
      desc: "How the server is read: by Bulk Data export, by search with _lastUpdated, or by export where its CapabilityStatement names FEED_FHIR_EXPORT's operation and by search elsewhere.",
    }),
  ),
  FEED_FHIR_EXPORT: plain(
    operation({
      default: '$export',
      desc: 'The operation that is called: $export, Patient/$export or Group/ID/$export.',
    }),
  ),
  FEED_FHIR_TYPES: plain(
    types({
      default: [],
      example: 'Patient,Condition,Observation',
      desc: 'Types that are followed, separated by commas. Empty: whatever the export gives; by search, every type that both the server and the exports of this service have.',
    }),
  ),
  FEED_FHIR_POLL_SECONDS: plain(
    seconds({
      default: 300,
      desc: 'How long the follower rests between two readings. Each is an export, or a search per type, of what has changed.',
    }),
  ),
  FEED_FHIR_OVERLAP_SECONDS: plain(
    seconds({
      default: 300,
      desc: 'By how much searches overlap: a change that can be found so late after its meta.lastUpdated is not missed. The watermark stays back by this. Exports need none.',
    }),
  ),
  FEED_FHIR_PAGE_SIZE: plain(
    positive({ default: 500, desc: 'Resources on a page of a search (_count).' }),
  ),
  FEED_FHIR_COMPARE: plain(
    bool({
      default: false,
      desc: 'Whether all ids are compared every FEED_COMPARE_SECONDS also when the server is read by export: for servers whose manifests do not tell what is deleted. By search they always are.',
    }),
  ),
  FEED_FHIR_EXPORT_WAIT_SECONDS: plain(
    timeout({
      default: 86_400,
      desc: 'How long one export of the server may take before it is given up and another is started.',
    }),
  ),
} as const;

function resourceType(type: string): string {
  if (isR4ResourceType(type)) return type;
  throw new Error('must be names of FHIR R4 resource types, separated by commas');
}
