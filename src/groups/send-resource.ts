import type { Response } from 'express';

import { FhirError, type FhirMediaType, isXml, sendFhir } from '../common';
import { sendText } from './send-text';

/** Characters of JSON, some 4000 members: more would keep the process busy for half a second and up. */
const MAX_MADE_INTO_XML = 262_144;

/**
 * Sends a resource that is made as JSON text. In JSON it may have any size; XML is made from all of it at
 * once.
 *
 * @throws FhirError 406 when it is too large for XML
 */
export async function sendResource(
  response: Response,
  text: AsyncGenerator<string>,
  mediaType: FhirMediaType,
): Promise<void> {
  if (isXml(mediaType)) {
    sendFhir(response, await resourceOf(text), mediaType);
    return;
  }
  response.type(`${mediaType}; charset=utf-8`);
  await sendText(response, text);
}

async function resourceOf(
  text: AsyncGenerator<string>,
): Promise<{ readonly resourceType: string }> {
  let json = '';
  for await (const piece of text) {
    json += piece;
    if (json.length > MAX_MADE_INTO_XML) throw tooLargeForXml();
  }
  return JSON.parse(json) as { readonly resourceType: string }; // our own text of a resource
}

function tooLargeForXml(): FhirError {
  return new FhirError(
    'This answer has too many members for XML. Ask for JSON (Accept: application/fhir+json), or for fewer groups at once with _count.',
    { status: 406, code: 'too-long', expression: ['Accept'] },
  );
}
