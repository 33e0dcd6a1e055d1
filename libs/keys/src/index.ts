export { generateEcKeys, generateRsaKeys, type KeyPair } from './generate-keys';
