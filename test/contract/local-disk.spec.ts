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

  it('removes the temporary files of the keys that are named', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bulk-storage-'));
    const storage = new LocalDiskStorage(root);
    const writers = await Promise.all(
      ['exports/j/dead.1.ndjson', 'exports/j/alive.1.ndjson'].map((key) => storage.create(key)),
    );

    await storage.removeUnpublished('exports/j', (key) => key === 'exports/j/dead.1.ndjson');

    const left = await readdir(join(root, 'exports/j'));
    expect(left).toStrictEqual([expect.stringMatching(/^\.tmp-alive\.1\.ndjson-/)]);
    await Promise.all(writers.map((writer) => writer.abort()));
    await rm(root, { recursive: true });
  });
});
