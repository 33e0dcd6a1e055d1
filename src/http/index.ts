export { configureApp } from './configure-app';
export { logging } from './logging';
