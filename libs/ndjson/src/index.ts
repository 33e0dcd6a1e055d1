export {
  CopyBinaryLines,
  CopyFormatError,
  type FileLimits,
  type LineReceiver,
} from './copy-binary';
export { type ByteSink, type NdjsonFile, NdjsonFiles } from './ndjson-files';
