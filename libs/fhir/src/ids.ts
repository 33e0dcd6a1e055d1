const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** True for a FHIR `id`: 1 to 64 letters, digits, '-' and '.' (R4 datatypes, id). */
export function isFhirId(value: string): boolean {
  return FHIR_ID.test(value);
}
