import { isNamed, readMembers } from '../reading/json-scan';
import { KnownBases } from '../reading/known-bases';
import { InvalidResourceError } from '../reading/loader.errors';
import { prepareResource } from '../reading/prepare-resource';
import { applyEdits, insertAfter } from '../reading/text-edits';
import type { AskedEntry } from './asked-entry';
import { entryFault } from './entry-fault';

/**
 * The resource of an entry on one line, under the id that it is stored under.
 *
 * @param bundle the Bundle's compact text
 * @throws FhirError 422 for what the store would not take, 413 for what is too long
 */
export function textOfEntry(
  { number, id, resource }: AskedEntry,
  bundle: Buffer,
  { fhirBase, lineMaxBytes }: { readonly fhirBase: string; readonly lineMaxBytes: number },
): Buffer | undefined {
  if (!resource) return undefined;
  const text = withId(bundle.subarray(resource.start, resource.end), id);
  if (text.length > lineMaxBytes) {
    const diagnostics = `The resource has more than ${lineMaxBytes} bytes, which is the most here.`;
    throw entryFault(number, diagnostics, { status: 413, code: 'too-long', element: 'resource' });
  }
  try {
    const bases = new KnownBases([fhirBase]);
    prepareResource(text, { keepMeta: false, bases, withIdentifiers: false });
  } catch (error) {
    if (!(error instanceof InvalidResourceError)) throw error;
    const diagnostics = `The resource cannot be stored: ${error.reason}.`;
    throw entryFault(number, diagnostics, { status: 422, code: 'processing', element: 'resource' });
  }
  return text;
}

/** A POST's own id, if it has one, gives way (R4 http, create). */
function withId(text: Buffer, id: string): Buffer {
  const members = readMembers(text, 0);
  const own = members.find((member) => isNamed(text, member, 'id'));
  const type = members.find((member) => isNamed(text, member, 'resourceType'));
  const value = JSON.stringify(id);
  if (own) return applyEdits(text, [{ ...own.value, text: value }]);
  return type ? applyEdits(text, [insertAfter(type, `"id":${value}`)]) : text;
}
