import { parse } from 'content-type';
import Negotiator from 'negotiator';

/** Values of `fhirVersion` that mean R4; clients write its patch release, too. */
const R4_VERSIONS = ['4.0', '4.0.1'];
/** The names of before STU3; R4 encourages servers to know them (R4 http, 3.1.0.1.10). */
const PRESENT_NAMES: Readonly<Record<string, string>> = {
  'application/json+fhir': 'application/fhir+json',
  'application/xml+fhir': 'application/fhir+xml',
};
/** What an answer may be called besides its type: all of it is R4, and in UTF-8. */
const OFFERED = R4_VERSIONS.map((version) => `; charset=utf-8; fhirVersion=${version}`);

/**
 * The type of a media type that names nothing but what there is here, in lower case and by its present name.
 * Parameters that do not matter are passed over; a plus sign that was decoded to a space is forgiven.
 *
 * @returns undefined for another version of FHIR than R4, and another charset than UTF-8
 */
export function typeInR4(mediaType: string): string | undefined {
  const { type, parameters } = parse(
    mediaType.replace(/^\s*(\w+\/(?:fhir|json|xml)) (?=\w)/i, '$1+'),
  );
  const { fhirversion = '4.0', charset = 'utf-8' } = parameters;
  const isHere = R4_VERSIONS.includes(fhirversion) && charset.toLowerCase() === 'utf-8';
  const name = type.toLowerCase();
  return isHere ? (PRESENT_NAMES[name] ?? name) : undefined;
}

/**
 * Of several media types the one that an Accept header likes best (RFC 9110 §12.5.1). Parameters of a range
 * narrow nothing, save `fhirVersion`: there is no other version than R4.
 *
 * @param types the one to give when all are liked the same comes first
 */
export function preferredType<T extends string>(
  accept: string,
  types: readonly T[],
): T | undefined {
  const asked = new Negotiator({ headers: { accept } });
  const found = bestOf(asked, types);
  if (found !== undefined || /fhirVersion/i.test(accept)) return found;
  return bestOf(new Negotiator({ headers: { accept: asked.mediaTypes().join() } }), types);
}

function bestOf<T extends string>(asked: Negotiator, types: readonly T[]): T | undefined {
  const offers = new Map<string, T>(
    types.flatMap((type) => OFFERED.map((also) => [`${type}${also}`, type] as const)),
  );
  return offers.get(asked.mediaType([...offers.keys()]) ?? '');
}
