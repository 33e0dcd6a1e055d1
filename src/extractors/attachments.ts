import type { ResourceType } from '@app/fhir';

import { literal } from '../database';

/** The types with an element of the data type Attachment, by R4. */
const WITH_ATTACHMENTS: ReadonlySet<ResourceType> = new Set<ResourceType>([
  'DiagnosticReport',
  'DocumentReference',
  'Patient',
  'Practitioner',
  'RelatedPerson',
]);

/**
 * A member `url` whose value is a relative reference to a Binary, in JSON text. A quotation mark
 * inside a string has a backslash before it, so what stands behind a brace, a comma or white space is
 * the beginning of a member's name, and no text that quotes JSON is ever taken for one.
 */
const RELATIVE_URL = String.raw`([{,\s]"url"\s*:\s*")(Binary\\?/)`;
/**
 * The same in JSON without white space, as it is stored nearly always. Neither quotation mark behind the
 * name can stand in a string without a backslash, so this is found where a member is, too.
 */
const COMPACT = '"url":"Binary/';

/**
 * `text`, an SQL expression of a line of a type, with attachments that lie in a Binary of this server
 * under their absolute URLs (DT-08, DT-11). Done at export, not at load: the store keeps what it was
 * given, and the service may move to another URL. Only types that hold attachments are looked at, and
 * only lines that name a Binary in another way meet the regular expression: it costs ten times as much
 * as the copy.
 */
export function withAbsoluteUrls(text: string, type: ResourceType, fhirBase: string): string {
  if (!WITH_ATTACHMENTS.has(type)) return text;
  const base = `${JSON.stringify(fhirBase).slice(1, -1)}/`;
  const compact = literal(COMPACT.replace('Binary', () => `${base}Binary`));
  // A backslash is special in the replacement, and in JSON before that.
  const replacement = literal(`\\1${base.replaceAll('\\', '\\\\')}\\2`);
  return `(
    select case when strpos(done.line, '"Binary') = 0 then done.line
                else regexp_replace(done.line, ${literal(RELATIVE_URL)}, ${replacement}, 'g') end
    from (select replace(${text}, ${literal(COMPACT)}, ${compact}) as line offset 0) done)`;
}
