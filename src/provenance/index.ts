export { ProvenanceModule, ProvenancePolicy } from './provenance.module';
export type { AssociatedProvenance, ProvenanceDecision } from './provenance-policy';
