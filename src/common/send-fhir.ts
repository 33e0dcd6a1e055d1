import type { Response } from 'express';

import { fhirXml } from '@app/fhir';

import type { FhirFormat } from './negotiation';

export const FHIR_MEDIA_TYPES = {
  json: 'application/fhir+json',
  xml: 'application/fhir+xml',
} as const satisfies Readonly<Record<FhirFormat, string>>;

/** Ends an answer with a resource that was made here (see `fhirXml`). */
export function sendFhir(
  response: Response,
  resource: { readonly resourceType: string },
  format: FhirFormat,
): void {
  const text = format === 'xml' ? fhirXml(resource) : JSON.stringify(resource);
  response.type(FHIR_MEDIA_TYPES[format]).send(text);
}
