import { bool, makeValidator, str } from 'envalid';

import { plain, positive, seconds } from './variable';

const names = makeValidator<readonly string[]>((input) =>
  input === '' ? [] : input.split(',').map((name) => feedName(name.trim())),
);

/** What a feed may be called. */
export const FEED_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The way in: batches of changes. */
export const FEED_VARIABLES = {
  SOURCE_FEEDS: plain(
    names({
      default: [],
      desc: "Feeds, by name and separated by commas, that together bring the whole of the EHR's record. Manifests then say how far that record is contained in an export: up to the earliest of their watermarks.",
    }),
  ),
  SOURCE_WAIT_SECONDS: plain(
    seconds({
      default: 0,
      desc: 'How long an export waits until all of SOURCE_FEEDS have passed the instant of its kick-off. Afterwards it goes on with what there is; its manifest says how far that is. 0: not at all.',
    }),
  ),
  FEED_SPOOL_DIRECTORY: plain(
    str({
      default: '',
      desc: "Where a batch lies while it arrives, in a file without a name that ends with the process; empty for the system's folder of temporary files.",
    }),
  ),
  FEED_BATCH_MAX_BYTES: plain(
    positive({
      default: 1024 ** 3,
      desc: 'Size of a batch as it is sent, in bytes; a larger one is refused (413).',
    }),
  ),
  FEED_BATCH_MAX_CONTENT_BYTES: plain(
    positive({
      default: 8 * 1024 ** 3,
      desc: 'Size of a batch, unpacked, in bytes; a larger one is refused (413).',
    }),
  ),
  FEED_LINE_MAX_BYTES: plain(
    positive({
      default: 64 * 1024 ** 2,
      desc: 'Size of a line of a batch, in bytes; a longer one is rejected, and the rest is taken in. A few lines may be in memory at a time.',
    }),
  ),
  FHIR_WRITES: plain(
    bool({
      default: false,
      desc: 'Whether apps that are licensed to write may put and delete resources at the FHIR base, and send transactions and batches. While it is off, nothing is known of these requests.',
    }),
  ),
  FHIR_WRITE_MAX_BYTES: plain(
    positive({
      default: 8 * 1024 ** 2,
      desc: 'Size of a resource, transaction or batch that is sent to the FHIR base, in bytes; a larger one is refused (413).',
    }),
  ),
  FHIR_WRITE_MAX_ENTRIES: plain(
    positive({
      default: 1000,
      desc: 'Entries of a transaction or batch that is sent to the FHIR base; one with more is refused (413).',
    }),
  ),
  FEED_WRITER_WAIT_SECONDS: plain(
    seconds({
      default: 30,
      desc: 'How long a batch waits while another writer, such as a load, has the store to itself, before it is answered 503 with Retry-After.',
    }),
  ),
};

/** @throws Error saying what a feed may be called */
export function feedName(name: string): string {
  if (FEED_NAME.test(name)) return name;
  throw new Error('must be names of lower-case letters, digits and hyphens, up to 63 characters');
}
