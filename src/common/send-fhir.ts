import type { Response } from 'express';

import { fhirXml } from '@app/fhir';

import { type FhirMediaType, isXml } from './negotiation';

export const FHIR_MEDIA_TYPES = {
  json: 'application/fhir+json',
  xml: 'application/fhir+xml',
} as const satisfies Readonly<Record<string, FhirMediaType>>;

/** Ends an answer with a resource that was made here (see `fhirXml`). */
export function sendFhir(
  response: Response,
  resource: { readonly resourceType: string },
  mediaType: FhirMediaType,
): void {
  const text = isXml(mediaType) ? fhirXml(resource) : JSON.stringify(resource);
  response.type(mediaType).send(text);
}
