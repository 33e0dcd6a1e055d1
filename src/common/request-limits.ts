/**
 * What a request may hold at most. All of it is looked at before anything that costs more than reading
 * the request: what lies above a limit is refused by name, what lies below is handled in linear time.
 */
export const REQUEST_LIMITS = {
  /** Bytes of a body, and of one that operators send: ten thousand patients of the longest ids. */
  body: '256kb',
  adminBody: '1mb',
  oauthFormBytes: 64 * 1024,
  oauthFields: 100,
  /** Characters of one header that says how to answer. */
  headerCharacters: 2000,
  /** Characters of a scope, asked for or granted: the token carries it, and must fit into a header. */
  scopeCharacters: 4096,
  /** Searches of types that the scopes of one token ask for; one for all types counts for each of them. */
  scopeSearches: 200,
  /** Of a kick-off: parameters in all, values of one, and characters of a value. */
  parameters: 10_000,
  parameterValues: 5000,
  parameterCharacters: 8192,
  /** Items of a list with commas, such as _type. */
  listItems: 1000,
  typeFilters: 200,
  /** Of a search of Group: values, and characters of all of them. */
  searchValues: 1000,
  searchCharacters: 100_000,
  /** Members of an object in JSON. */
  members: 100,
  /** Of a body that operators send: values in all, levels, entries of a list that has no limit of its own. */
  values: 12_000,
  levels: 32,
  entries: 500,
  entriesOf: { patients: 10_000, groups: 5000, identifiers: 100, characteristics: 100, keys: 100 },
} as const;
