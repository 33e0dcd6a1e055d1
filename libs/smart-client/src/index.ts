export { type AccessTokenOptions } from './access-tokens';
export {
  BulkClient,
  type BulkClientOptions,
  type ExportParameters,
  type GetOptions,
  type WaitOptions,
} from './bulk-client';
export { generateClientKeys, type ClientAlgorithm, type ClientKeys } from './client-keys';
export { type Download, type DownloadTarget } from './download';
export { type ExportState } from './export-state';
export { type Manifest, type ManifestFile } from './manifest';
export { PoliteFetch } from './polite-fetch';
export { BulkRequestError } from './request';
export type { Signer, TrustedSigner } from './check-signature';
export { type Verification, verifyExport } from './verify-export';
