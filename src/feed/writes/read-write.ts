import { invalidParameter, readObject } from '../../common';
import { compactJson } from '../reading/json-compact';

/**
 * The resource of a body, on one line.
 *
 * @throws FhirError 400 that quotes nothing of it: no JSON, or another resource than the URL names
 */
export function readLine(
  body: Buffer,
  { type, id }: { readonly type: string; readonly id: string },
): Buffer {
  const { resourceType, id: ownId } = readObject(body);
  if (resourceType !== type) {
    throw invalidParameter(
      'resourceType',
      `The resourceType of the body must be ${type}, as in the URL.`,
    );
  }
  if (ownId !== id) {
    throw invalidParameter(
      `${type}.id`,
      'The id of the body must be there, and be the one in the URL.',
    );
  }
  return compactJson(body);
}
