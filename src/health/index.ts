export { codeOf, pingRedis, redisForChecks, requireStorage } from './dependencies';
export { HealthModule } from './health.module';
export { type Readiness, Readinesses } from './readiness';
