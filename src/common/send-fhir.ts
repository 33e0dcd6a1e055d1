import type { Response } from 'express';

import { fhirXml } from '@app/fhir';

import { type FhirMediaType, isXml } from './negotiation';
import { resourcePageOf } from './resource-page';

export const FHIR_MEDIA_TYPES = {
  json: 'application/fhir+json',
  xml: 'application/fhir+xml',
} as const satisfies Readonly<Record<string, FhirMediaType>>;

/** Ends an answer with a resource that was made here (see `fhirXml`): for people as a page. */
export function sendFhir(
  response: Response,
  resource: { readonly resourceType: string },
  mediaType: FhirMediaType,
): void {
  const page = resourcePageOf(response);
  if (isXml(mediaType)) {
    response.type(page ? 'application/xml' : mediaType).send(fhirXml(resource));
  } else if (page) response.type('html').send(page(resource, response.statusCode));
  else response.type(mediaType).send(JSON.stringify(resource));
}
