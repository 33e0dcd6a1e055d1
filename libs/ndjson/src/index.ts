export { BlockFiles } from './block-files';
export {
  CopyBinaryLines,
  CopyFormatError,
  type FileLimits,
  NO_LIMITS,
  type LineReceiver,
} from './copy-binary';
export { gzipSink } from './gzip-sink';
export { type ByteSink, type NdjsonFile, NdjsonFiles, type Release } from './ndjson-files';
export { RecycledBlocks, SMALLEST_READ } from './recycled-blocks';
export { type GzipFile, GzipFiles, type LineWriter, type MemberPiece } from './gzip-files';
