export { loadFiles } from './load-files';
export type {
  LoadOptions,
  LoadProgress,
  LoadSummary,
  Rejection,
  TypeCounts,
  UnresolvedCount,
} from './load.types';
export { type UnresolvedFilter, UnresolvedReferences } from './unresolved-record';
