import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CheckedStorage } from '../../src/storage/checked-storage';
import { LocalDiskStorage } from '../../src/storage/local-disk.storage';
import { fileStorageContract } from './file-storage.contract';

fileStorageContract('local disk', async () => {
  const root = await mkdtemp(join(tmpdir(), 'bulk-storage-'));
  return {
    storage: new CheckedStorage(new LocalDiskStorage(root)),
    stop: () => rm(root, { recursive: true }),
  };
});

describe('LocalDiskStorage', () => {
  it('leaves no temporary file behind once a file is published', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bulk-storage-'));
    const writer = await new LocalDiskStorage(root).create('exports/a.ndjson');
    await writer.write([Buffer.from('a')]);

    await writer.publish();

    await expect(readdir(join(root, 'exports'))).resolves.toStrictEqual(['a.ndjson']);
    await rm(root, { recursive: true });
  });
});
