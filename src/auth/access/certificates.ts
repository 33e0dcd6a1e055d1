import { Inject, Injectable } from '@nestjs/common';

import { type CertifiedManifest, certify } from '@app/certificate';

import { type Config, CONFIG } from '../../config';
import { JWKS_PATH } from '../paths';

/** Certificates of exports, by which their files can be checked without this service. */
@Injectable()
export class Certificates {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Signed with the first configured key. @param manifest that lists all files of an export */
  async sign(manifest: CertifiedManifest): Promise<string> {
    const { auth, http } = this.config;
    const [key] = auth.signingKeys;
    if (!key) throw new Error('The configuration holds no signing key.');
    return certify([manifest], key, `${http.fhirBase}/${JWKS_PATH}`);
  }
}
