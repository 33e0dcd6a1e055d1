export { ProvenanceModule, ProvenancePolicy } from './provenance.module';
