export { AdminModule } from './admin.module';
export { OperatorController } from './admin.api';
export { readCount, readOne, type RequestQuery, requireNames } from './query';
export type { OperatorRequest } from './operator-request';
