/** Takes one batch in as the service does, and ends: node take-batch.js FEED SEQUENCE FILE */
import fs from 'node:fs';

import { readCommandConfig } from '../../src/config';
import { FeedWriter } from '../../src/feed';

async function main([feed, sequence, file]: readonly string[]): Promise<void> {
  const { database, feeds, http } = readCommandConfig(process.env, ['feeds', 'fhir-base']);
  if (!feed || !sequence || !file || !feeds || !http) {
    throw new Error('FEED, SEQUENCE and FILE are needed.');
  }
  const descriptor = fs.openSync(file, 'r');
  const { size: bytes } = fs.fstatSync(descriptor);
  const receipt = await new FeedWriter({ database, feeds, http }).take({
    feed,
    sequence: BigInt(sequence),
    file: { descriptor, isCompressed: false, bytes },
  });
  if (receipt.rejected > 0) throw new Error(`${receipt.rejected} lines were rejected.`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
