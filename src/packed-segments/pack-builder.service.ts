import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import { type Config, CONFIG } from '../config';
import { isPacking } from './is-packing';
import { Packer } from './packer.service';

/** Nothing can be packed here, and why. */
export class PackingOffError extends Error {
  constructor(reason: string) {
    super(`Nothing is packed: ${reason}`);
    this.name = 'PackingOffError';
  }
}

/** Types that are packed at the same time: one is read while another is compressed. */
const AT_ONCE = 2;
/** Until a segment is looked at again that somebody else is packing. */
const WAIT_MILLISECONDS = 200;

/** Packs everything in one go; workers may be packing meanwhile. */
@Injectable()
export class PackBuilder {
  constructor(
    private readonly packer: Packer,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Packs what is due by the configuration, and returns when nothing is left to pack. It can be broken
   * off and begun again.
   *
   * @throws PackingOffError
   */
  async build(signal: AbortSignal): Promise<void> {
    if (!isPacking(this.config)) {
      throw new PackingOffError('PACKED_SEGMENTS is off, or EXPORT_FILE_ENCODING is not gzip.');
    }
    if (!(await this.packer.changesAreNoted())) {
      throw new PackingOffError('triggers of the clinical store are missing or disabled.');
    }
    const left: ResourceType[] = [...this.config.resourceTypes];
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.packAll(left, signal)));
  }

  private async packAll(left: ResourceType[], signal: AbortSignal): Promise<void> {
    for (let type = left.shift(); type; type = left.shift()) {
      while ((await this.packer.pack(type, signal)) > 0) {
        await delay(WAIT_MILLISECONDS, undefined, { signal });
      }
    }
  }
}
