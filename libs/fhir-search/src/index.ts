export { type FilterParameter, filterParametersOf } from './filter-parameters';
export { checkSearch, searchPredicate, type SearchContext } from './search-predicate';
export { UnsupportedSearchError } from './search.errors';
