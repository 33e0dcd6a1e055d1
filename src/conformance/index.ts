export { ConformanceModule } from './conformance.module';
