import { Module } from '@nestjs/common';

import { provenanceOf } from './provenance-policy';

/** The policy as a provider, so that an installation can put another in its place. */
export class ProvenancePolicy {
  readonly provenanceOf = provenanceOf;
}

@Module({ providers: [ProvenancePolicy], exports: [ProvenancePolicy] })
export class ProvenanceModule {}
