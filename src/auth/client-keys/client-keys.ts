import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';

import type { KeySource } from './key-source';
import { type AssertionAlgorithm, onlyKey } from './public-key';
import { RemoteJwks } from './remote-jwks';

/** The part of an assertion's header that names its key (JW-05). */
export interface KeyName {
  readonly kid: string;
  readonly alg: AssertionAlgorithm;
}

/** Finds the one public key that an assertion's header means. */
@Injectable()
export class ClientKeys {
  constructor(private readonly remote: RemoteJwks) {}

  /**
   * @returns undefined unless exactly one key of the set has this `kid` and the `kty` of this `alg`,
   *   and it is a sound public key (JW-13, RG-11)
   * @throws JwksFetchError
   */
  async find(source: KeySource, { kid, alg }: KeyName): Promise<JWK | undefined> {
    const keys =
      source.kind === 'inline' ? source.jwks.keys : await this.remote.keys(source.url, kid);
    return onlyKey(keys, kid, alg);
  }
}
