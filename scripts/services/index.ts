export { startServices, type Services, type ServicesOptions } from './services';
export { startTied, type TiedCommand, type TiedProcess } from './tied-process';
export { compiledFile, projectRoot } from './project-root';
export { freePort } from './free-port';
export { type AwaitedProcess, lastLines, untilReady } from './awaited-process';
export { withTemporaryServices } from './with-temporary-services';
export { unpackDebianPackage, type UnpackedPackage } from './debian-package';
