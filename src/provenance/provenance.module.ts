import { Module } from '@nestjs/common';

import { decideProvenance } from './provenance-policy';

/** The policy as a provider, so that an installation can put another in its place. */
export class ProvenancePolicy {
  readonly decide = decideProvenance;
}

@Module({ providers: [ProvenancePolicy], exports: [ProvenancePolicy] })
export class ProvenanceModule {}
