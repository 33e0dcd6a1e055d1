import type { LocalReference } from '@app/fhir';

/** A deletion as a line of input, as Bulk Data tells of it: a Bundle of a DELETE entry. */
export function deletionLine({ type, id }: LocalReference): string {
  return `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"${type}/${id}"}}]}`;
}
