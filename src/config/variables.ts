import { bool, makeValidator, port, str } from 'envalid';

import { AUTH_VARIABLES } from './auth-variables';
import { CLINICAL_VARIABLES } from './clinical-variables';
import { DATABASE_VARIABLES } from './database-variables';
import { parseFaults } from './faults';
import { FEED_VARIABLES } from './feed-variables';
import { FHIR_FOLLOWER_VARIABLES } from './fhir-follower-variables';
import { FOLLOWER_VARIABLES } from './follower-variables';
import { HTTP_VARIABLES } from './http-variables';
import { STORAGE_VARIABLES } from './storage-variables';
import { parseAdminToken, parseWhole } from './values';
import {
  plain,
  positive,
  redisUrl,
  seconds,
  secret,
  timeout,
  url,
  type Variable,
} from './variable';

/** Where this service has routes beside the FHIR base. */
const OWN_PATHS = [
  'admin',
  'assets',
  'console',
  'demo',
  'docs',
  'docs-json',
  'favicon.ico',
  'health',
  'metrics',
  '.well-known',
];
const basePath = makeValidator<string>((input) => {
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(input)) {
    throw new Error('must start with / and hold only unreserved URL characters, such as /fhir');
  }
  const [, first = ''] = input.split('/');
  if (OWN_PATHS.includes(first)) {
    throw new Error(
      `must not begin with /${OWN_PATHS.join(', /')}, which have routes of their own`,
    );
  }
  return input;
});
/** Counts must fit the 32 bits of a FHIR integer: the manifest has them in XML too. */
const resourcesInFile = makeValidator<number>((input) => parseWhole(input, 1, 2_147_483_647));
const faults = makeValidator(parseFaults);
const adminToken = makeValidator(parseAdminToken);

/**
 * Every variable that the service reads, described once: the start-up check, the typed
 * configuration and `.env.example` all come from here. No secret has a default.
 */
export const VARIABLES = {
  ENV_FILE: plain(
    str({
      default: '.env',
      desc: 'File with variables, read at start from the working folder; those of the environment win. Only the environment can name it; /dev/null stands for none.',
    }),
  ),
  ROLE: plain(
    str({
      choices: ['api', 'worker', 'feed', 'all'],
      default: 'api',
      desc: 'What `main` runs: api (HTTP only), feed (follows the sources that are set below, with health checks and metrics on WORKER_PORT), or all of them and processors in one process. The program `worker` is always a worker.',
    }),
  ),
  HOST: plain(str({ default: '0.0.0.0', desc: 'Address that the HTTP server listens on.' })),
  PORT: plain(port({ default: 3000, desc: 'Port of the HTTP server.' })),
  WORKER_PORT: plain(
    port({ default: 3001, desc: "Port of a worker's health checks and metrics; never public." }),
  ),
  ADMIN_PORT: plain(
    port({
      default: undefined,
      desc: 'Port of an api for operators: /admin, /metrics and health checks are answered there, and the first two no longer on PORT. It answers nothing else; never public. Without it everything is on PORT.',
    }),
  ),
  ...HTTP_VARIABLES,
  PUBLIC_URL: plain(
    url({
      example: 'https://ehr.example.org',
      desc: 'Scheme, host and optional path under which clients reach the service. Every URL that it hands out begins with it; the Host header is never trusted.',
    }),
  ),
  BASE_PATH: plain(
    basePath({
      default: '/fhir',
      desc: 'Path of the FHIR base below PUBLIC_URL. May hold a prefix per organisation, such as /CP00101/fhir.',
    }),
  ),
  ...DATABASE_VARIABLES,
  ...CLINICAL_VARIABLES,
  ...FEED_VARIABLES,
  ...FOLLOWER_VARIABLES,
  ...FHIR_FOLLOWER_VARIABLES,
  REDIS_URL: secret(
    redisUrl({
      example: 'redis://:PASSWORD@redis.example.org:6379/0',
      desc: 'Redis (6.2 or newer) that carries the queue. It may be emptied at any time; no job is lost.',
    }),
  ),
  REDIS_PREFIX: plain(
    str({
      default: 'bulk',
      desc: 'Prefix of every Redis key, so that one Redis can serve several systems.',
    }),
  ),
  REDIS_WITHOUT_BRPOPLPUSH: plain(
    bool({
      default: false,
      desc: 'Use BLMOVE in place of BRPOPLPUSH, for servers that dropped the older command.',
    }),
  ),
  ...AUTH_VARIABLES,
  ADMIN_TOKEN: secret(
    adminToken({
      default: undefined,
      desc: 'Credential of the operators’ API at /admin: at least 32 characters that nobody can guess, such as the output of `openssl rand -base64 48`. Leave it empty to switch that API off; the command line does the same. A reverse proxy must not publish /admin.',
    }),
  ),
  ...STORAGE_VARIABLES,
  BULK_DATA_VERSION: plain(
    str({
      choices: ['3.0', '4.0-ballot'],
      default: '3.0',
      desc: 'Version of Bulk Data Access that is spoken. 3.0 serves clients of 2.0 as well; 4.0-ballot has other manifests, which they do not understand, and no kick-off by GET.',
    }),
  ),
  EXPORT_RETENTION_SECONDS: plain(
    positive({
      default: 86_400,
      desc: 'How long the files of a completed export stay available, from its completion on.',
    }),
  ),
  EXPORT_FILE_MAX_BYTES: plain(
    positive({
      default: 268_435_456,
      desc: 'A file is closed, and the next one begun, once it holds this many bytes of NDJSON.',
    }),
  ),
  EXPORT_FILE_MAX_RESOURCES: plain(
    resourcesInFile({ default: 1_000_000, desc: 'Resources in one file at most.' }),
  ),
  EXPORT_FILE_ENCODING: plain(
    str({
      choices: ['identity', 'gzip'],
      default: 'identity',
      desc: 'How files lie in the storage: identity (as they are), or gzip, about a tenth of the size at half the speed. Clients may ask for either, whichever is stored.',
    }),
  ),
  EXPORT_PART_TARGET_BYTES: plain(
    positive({
      default: 268_435_456,
      desc: 'Bytes of NDJSON that one part of an export aims at; larger types are cut into several parts. Exports of a few GB are cut finer, down to 64 MiB, so that several workers finish together.',
    }),
  ),
  EXPORT_MAX_RUNNING: plain(
    positive({ default: 32, desc: 'Exports that run at a time; further ones wait.' }),
  ),
  EXPORT_MAX_RUNNING_PER_APP: plain(
    positive({ default: 8, desc: 'Exports of one app that run at a time; further ones wait.' }),
  ),
  EXPORT_MAX_QUEUED: plain(
    positive({
      default: 1000,
      desc: 'Exports that wait beside EXPORT_MAX_RUNNING; a kick-off beyond that is refused with 429.',
    }),
  ),
  EXPORT_MAX_QUEUED_PER_APP: plain(
    positive({
      default: 100,
      desc: 'Exports of one app that wait beside EXPORT_MAX_RUNNING_PER_APP; a kick-off beyond that is refused with 429.',
    }),
  ),
  PACKED_SEGMENTS: plain(
    bool({
      default: true,
      desc: 'Keep ready-made gzip members beside the rows and export from them, several times as fast: docs/packed-segments.md. Without effect unless EXPORT_FILE_ENCODING is gzip.',
    }),
  ),
  PACKED_SEGMENTS_SETTLE_SECONDS: plain(
    seconds({ default: 60, desc: 'How old a resource is before it is packed.' }),
  ),
  PACKED_SEGMENTS_REST_SECONDS: plain(
    seconds({
      default: 900,
      desc: 'How long a segment is left as it is, once packed, before what was written since is packed as well.',
    }),
  ),
  PACKED_SEGMENTS_MEMBER_BYTES: plain(
    positive({
      default: 32_768,
      desc: 'Bytes of NDJSON in a packed member, roughly: smaller ones serve smaller groups, larger ones compress better.',
    }),
  ),
  PLANNING_WAIT_SECONDS: plain(
    seconds({
      default: 10,
      desc: 'How long planning waits for older write transactions before it steps transactionTime back to before the oldest of them.',
    }),
  ),
  EXPORT_STATEMENT_SECONDS: plain(
    timeout({
      default: 900,
      desc: 'How long PostgreSQL may take for one statement of an export, be it a part or the plan; waiting for the storage does not count. What takes longer is told in the error file, and not tried again.',
    }),
  ),
  RETRY_AFTER_MAX_SECONDS: plain(
    timeout({ default: 60, desc: 'Upper bound of Retry-After on status requests, in seconds.' }),
  ),
  WORKER_CONCURRENCY: plain(
    positive({
      default: 3,
      desc: 'Parts of one app’s exports that one worker process extracts at once: while the files of one are on their way to the disk, others are read. One more is extracted when it is another app’s.',
    }),
  ),
  PART_LEASE_SECONDS: plain(
    timeout({
      default: 20,
      desc: 'A part whose worker has not been heard of for this long is given to another worker.',
    }),
  ),
  PART_MAX_ATTEMPTS: plain(
    positive({ default: 5, desc: 'Attempts at a part before it counts as broken.' }),
  ),
  LOG_LEVEL: plain(
    str({
      choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      default: 'info',
      desc: 'Least severity that is logged. No level logs patient data.',
    }),
  ),
  FAULTS: plain(
    faults({
      default: [],
      example: 'source:Goal,storage:Patient@2,slow:Observation',
      desc: 'Rehearsal of failures, comma-separated kind:Type[@attempts]: source (reading fails), storage (writing fails), slow (reading takes its time). With @2 only the first two attempts fail. Refused outside EMBEDDED.',
    }),
  ),
  SANDBOX: plain(
    bool({
      default: false,
      desc: 'Serve as a sandbox: the header X-Sandbox of a request asks for slow, failing, expiring or large exports and short-lived tokens, for the tests of clients (docs/sandbox.md). Never where real data is.',
    }),
  ),
  DEMO_CLIENT_FILE: plain(
    str({
      default: undefined,
      desc: 'File with the client id and the private key of an app that everybody who opens the pages of this service may sign in as, without either: JSON with fhirBase, clientId, privateJwk. For made-up data on one’s own machine; refused outside EMBEDDED.',
    }),
  ),
  EMBEDDED: plain(
    bool({
      default: false,
      desc: 'Demonstration mode, on one machine with made-up data: makes its own signing key at start. Never in production.',
    }),
  ),
} satisfies Readonly<Record<string, Variable<unknown>>>;
