export { certify, CERTIFICATE_ALGORITHM, CERTIFICATE_TYPE, type SigningJwk } from './certify';
export {
  CERTIFICATE,
  type CertifiedFile,
  type CertifiedManifest,
  SECTIONS,
  statementOf,
} from './statement';
