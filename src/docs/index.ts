export { openApiDocument } from './open-api-document';
export { setupDocs } from './setup-docs';
