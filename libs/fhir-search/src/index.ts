export { type FilterParameter, filterParametersOf } from './filter-parameters';
export { searchSize, type SearchSize } from './query';
export { checkSearch, searchPredicate, type SearchContext } from './search-predicate';
export { SearchValues, VALUES_SETTING } from './values';
export { UnsupportedSearchError } from './search.errors';
