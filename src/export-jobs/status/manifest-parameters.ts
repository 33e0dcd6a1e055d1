import type { Manifest, ManifestCount, ManifestFile } from './manifest';

/** A parameter of a FHIR Parameters resource, or a part of one. */
interface Parameter {
  readonly name: string;
  readonly [value: `value${string}`]: string | number | boolean;
  readonly part?: readonly Parameter[];
}

export interface ParametersResource {
  readonly resourceType: 'Parameters';
  readonly parameter: readonly Parameter[];
}

/** In the order of the answer. A member that the manifest gains must find its place here. */
const PARAMETERS_OF: Readonly<
  Record<keyof Manifest, (manifest: Manifest) => readonly Parameter[]>
> = {
  transactionTime: (manifest) => [
    { name: 'transactionTime', valueInstant: manifest.transactionTime },
  ],
  request: (manifest) => [{ name: 'request', valueUrl: manifest.request }],
  requiresAccessToken: (manifest) => [
    { name: 'requiresAccessToken', valueBoolean: manifest.requiresAccessToken },
  ],
  outputOrganizedBy: ({ outputOrganizedBy }) =>
    outputOrganizedBy === undefined
      ? []
      : [{ name: 'outputOrganizedBy', valueCode: outputOrganizedBy }],
  output: (manifest) => manifest.output.map((one) => file('output', one)),
  deleted: ({ deleted = [] }) => deleted.map((one) => file('deleted', one)),
  error: (manifest) => manifest.error.map((one) => file('error', one)),
  link: ({ link = [] }) => link.map(next),
  extension: ({ extension }) =>
    extension === undefined
      ? []
      : [{ name: 'extension', part: Object.entries(extension).flatMap(ofWhole) }],
};

/** The manifest as a FHIR resource, for answers in XML. docs/xml.md has the mapping for clients. */
export function manifestParameters(manifest: Manifest): ParametersResource {
  const parameter = Object.values(PARAMETERS_OF).flatMap((parametersOf) => parametersOf(manifest));
  return { resourceType: 'Parameters', parameter };
}

function next({ relation, url }: { readonly relation: string; readonly url: string }): Parameter {
  const part: readonly Parameter[] = [
    { name: 'relation', valueCode: relation },
    { name: 'url', valueUrl: url },
  ];
  return { name: 'link', part };
}

function file(name: string, { type, url, count, extension }: ManifestFile): Parameter {
  const part: readonly Parameter[] = [
    ...(type === undefined ? [] : [{ name: 'type', valueCode: type }]),
    { name: 'url', valueUrl: url },
    // EXPORT_FILE_MAX_RESOURCES keeps it within the 32 bits of a FHIR integer.
    { name: 'count', valueInteger: count },
    { name: 'extension', part: Object.entries(extension).map(extra) },
  ];
  return { name, part };
}

/** Lists become a part for each item, with one for each of its members. */
function ofWhole([name, value]: [string, string | readonly ManifestCount[]]): readonly Parameter[] {
  if (typeof value === 'string') return [extra([name, value])];
  return value.map((one) => ({ name, part: Object.entries(one).map(extra) }));
}

/** A decimal for numbers: R4 has no integer beyond 32 bits, and files have more bytes than that. */
function extra([name, value]: readonly [name: string, value: string | number]): Parameter {
  return typeof value === 'number' ? { name, valueDecimal: value } : { name, valueString: value };
}
