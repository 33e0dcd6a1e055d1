export { answerBrowsers } from './answer-browsers';
export { setupPages } from './setup-pages';
export { siteOf } from './site';
