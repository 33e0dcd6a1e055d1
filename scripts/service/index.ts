export { type RunningService, type ServiceOptions, startService } from './start-service';
export { type AppCredentials, registerApp } from './register-app';
