export { codeOf, pingRedis, redisForChecks, requireStorage } from './dependencies';
export { HealthModule } from './health.module';
export { Readinesses } from './readiness';
