import { setTimeout as delay } from 'node:timers/promises';

import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { type Config, ConfigModule } from '../config';
import { DatabaseModule } from '../database';
import { isPacking } from './is-packing';
import { Packer } from './packer.service';
import { PackingModule } from './packing.module';

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

/**
 * Packs everything now, however young it is and however lately it was packed before, and returns when
 * nothing is left to pack. Workers may be packing meanwhile. It can be broken off and begun again.
 *
 * @throws PackingOffError
 */
export async function buildPacks(config: Config, signal: AbortSignal): Promise<void> {
  if (!isPacking(config)) {
    throw new PackingOffError('PACKED_SEGMENTS is off, or EXPORT_FILE_ENCODING is not gzip.');
  }
  const atOnce = { ...config, packing: { ...config.packing, settle: 0, rest: 0 } };
  @Module({
    imports: [ConfigModule.forRoot(atOnce), DatabaseModule.forRoot(atOnce), PackingModule],
  })
  class BuildModule {}
  const app = await NestFactory.createApplicationContext(BuildModule, {
    logger: false,
    abortOnError: false,
  });
  try {
    await buildAll(app.get(Packer), signal);
  } finally {
    await app.close();
  }
}

async function buildAll(packer: Packer, signal: AbortSignal): Promise<void> {
  if (!(await packer.changesAreNoted())) {
    throw new PackingOffError('triggers of the clinical store are missing or disabled.');
  }
  const left: ResourceType[] = [...RESOURCE_TYPES];
  const line = async (): Promise<void> => {
    for (let type = left.shift(); type; type = left.shift()) {
      while ((await packer.pack(type, signal)) > 0) {
        await delay(WAIT_MILLISECONDS, undefined, { signal });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
}
