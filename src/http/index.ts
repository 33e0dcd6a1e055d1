export { adminServer } from './admin-port';
export { configureApi } from './configure-api';
export { configureApp } from './configure-app';
export { logging } from './logging';
