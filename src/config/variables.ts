import { bool, makeValidator, port, str, type ValidatorSpec } from 'envalid';

import { parseFaults } from './faults';
import { isHttpUrl, parseAdminToken, parseDuration, parseSigningKeys } from './values';

/** A variable of the environment: envalid's specification, and whether its value is a secret. */
export interface Variable<T> {
  readonly spec: ValidatorSpec<T>;
  readonly secret: boolean;
}

const url = makeValidator<string>((input) => {
  if (!isHttpUrl(input)) throw new Error('must be an absolute http or https URL');
  return input.replace(/\/+$/, '');
});
const urls = makeValidator<readonly string[]>((input) => {
  const list = input.split(',').map((text) => text.trim());
  if (!list.every(isHttpUrl)) throw new Error('must be absolute http or https URLs');
  return list;
});
const connection = (...protocols: readonly string[]) =>
  makeValidator<string>((input) => {
    if (!protocols.some((protocol) => input.startsWith(`${protocol}://`))) {
      throw new Error(`must start with ${protocols.join(':// or ')}://`);
    }
    return input;
  });
const postgresUrl = connection('postgres', 'postgresql');
const redisUrl = connection('redis', 'rediss');
const basePath = makeValidator<string>((input) => {
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(input)) {
    throw new Error('must start with / and hold only unreserved URL characters, such as /fhir');
  }
  return input;
});
const seconds = makeValidator<number>(parseDuration);
const positive = makeValidator<number>((input) => {
  const value = Number(input);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error('must be a whole number above 0');
  return value;
});
/** Counts must fit the 32 bits of a FHIR integer: the manifest has them in XML too. */
const resourcesInFile = makeValidator<number>((input) => {
  const value = Number(input);
  if (!Number.isSafeInteger(value) || value < 1 || value > 2_147_483_647) {
    throw new Error('must be a whole number from 1 to 2147483647');
  }
  return value;
});
const signingKeys = makeValidator(parseSigningKeys);
const faults = makeValidator(parseFaults);
const adminToken = makeValidator(parseAdminToken);

const plain = <T>(spec: ValidatorSpec<T>): Variable<T> => ({ spec, secret: false });
const secret = <T>(spec: ValidatorSpec<T>): Variable<T> => ({ spec, secret: true });

/**
 * Every variable that the service reads, described once: the start-up check, the typed
 * configuration and `.env.example` all come from here. No secret has a default.
 */
export const VARIABLES = {
  ROLE: plain(
    str({
      choices: ['api', 'worker', 'all'],
      default: 'api',
      desc: 'What `main` runs: api (HTTP only) or all (HTTP and processors in one process). The program `worker` is always a worker.',
    }),
  ),
  HOST: plain(str({ default: '0.0.0.0', desc: 'Address that the HTTP server listens on.' })),
  PORT: plain(port({ default: 3000, desc: 'Port of the HTTP server.' })),
  WORKER_PORT: plain(
    port({ default: 3001, desc: "Port of a worker's health checks and metrics; never public." }),
  ),
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
  DATABASE_URL: secret(
    postgresUrl({
      example: 'postgres://bulk:PASSWORD@db.example.org:5432/bulk',
      desc: 'PostgreSQL (15 or newer, UTF8) that holds the jobs and, by default, the clinical store.',
    }),
  ),
  DATABASE_POOL_SIZE: plain(
    positive({ default: 10, desc: 'Connections per process for everything but extraction.' }),
  ),
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
  TOKEN_SIGNING_KEYS: secret(
    signingKeys({
      example: '{"keys":[…]}',
      desc: 'JSON Web Key Set of private ES384 keys, as `npm run keys` prints it. The first key signs access tokens, all of them verify: put a new key in front to rotate.',
    }),
  ),
  TOKEN_LIFETIME_SECONDS: plain(
    seconds({ default: 300, desc: 'Lifetime of an access token. SMART says at most 300.' }),
  ),
  ASSERTION_CLOCK_SKEW_SECONDS: plain(
    seconds({ default: 60, desc: "How far a client's clock may differ from ours, in seconds." }),
  ),
  ASSERTION_AUDIENCES: plain(
    urls({
      default: [],
      example: 'https://old.example.org/fhir/auth/token',
      desc: 'Further URLs, comma-separated, that client assertions may name as aud beside the token endpoint: for clients that were set up with another address of it.',
    }),
  ),
  JWKS_ALLOW_PRIVATE_ADDRESSES: plain(
    bool({
      default: false,
      desc: 'Fetch JWKS URLs by http and from private or loopback addresses too. For tests and closed networks only.',
    }),
  ),
  ADMIN_TOKEN: secret(
    adminToken({
      default: undefined,
      desc: 'Credential of the operators’ API at /admin: at least 32 characters that nobody can guess, such as the output of `openssl rand -base64 48`. Leave it empty to switch that API off; the command line does the same. A reverse proxy must not publish /admin.',
    }),
  ),
  STORAGE_DIRECTORY: plain(
    str({
      example: '/var/lib/bulk-data',
      desc: 'Folder of the export files; shared by all api and worker processes.',
    }),
  ),
  EXPORT_RETENTION_SECONDS: plain(
    seconds({
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
  EXPORT_PART_TARGET_BYTES: plain(
    positive({
      default: 268_435_456,
      desc: 'Bytes of NDJSON that one part of an export aims at; larger types are cut into several parts.',
    }),
  ),
  PLANNING_WAIT_SECONDS: plain(
    seconds({
      default: 10,
      desc: 'How long planning waits for older write transactions before it steps transactionTime back to before the oldest of them.',
    }),
  ),
  RETRY_AFTER_MAX_SECONDS: plain(
    positive({ default: 60, desc: 'Upper bound of Retry-After on status requests, in seconds.' }),
  ),
  WORKER_CONCURRENCY: plain(
    positive({ default: 2, desc: 'Parts of exports that one worker process extracts at once.' }),
  ),
  PART_LEASE_SECONDS: plain(
    positive({
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
  EMBEDDED: plain(
    bool({
      default: false,
      desc: 'Demonstration mode, on one machine with made-up data: makes its own signing key at start. Never in production.',
    }),
  ),
} satisfies Readonly<Record<string, Variable<unknown>>>;
