export { BinariesModule } from './binaries.module';
