import { objectOf } from '../../reading/bundle-entries';

/** What a server's CapabilityStatement says that matters to a follower. */
export interface Capabilities {
  /** Whether it names the operation, as in `Patient/$export`. */
  hasOperation(operation: string): boolean;
  /** Types that can be searched. */
  readonly searchedTypes: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Reads a CapabilityStatement; whatever it does not say is not there. */
export function readCapabilities(statement: unknown): Capabilities {
  const rests = listOf(objectOf(statement)['rest']);
  const resources = rests.flatMap((rest) => listOf(rest['resource']));
  const exporting = (places: readonly Json[]): boolean =>
    places.flatMap((place) => listOf(place['operation'])).some(isExport);
  return {
    hasOperation: (operation) => {
      const type = operation.includes('/') ? operation.split('/')[0] : undefined;
      return exporting(
        type === undefined ? rests : resources.filter((one) => one['type'] === type),
      );
    },
    searchedTypes: resources
      .filter((one) => listOf(one['interaction']).some(({ code }) => code === 'search-type'))
      .map(({ type }) => type)
      .filter((type) => typeof type === 'string'),
  };
}

/** Servers name it in their own ways; the definition is the standard's. */
function isExport({ name, definition }: Json): boolean {
  const names = [name, definition].filter((one) => typeof one === 'string');
  return names.some((one) => /(?:^|[/$-])export(?:\|.*)?$/.test(one));
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
