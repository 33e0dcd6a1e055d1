import path from 'node:path';

import { unpackDebianPackage } from '../debian-package';

/**
 * Debian's redis-server, unpacked without installing it.
 *
 * @returns undefined where it cannot be had
 */
export function debianRedis(
  directory: string,
  log: (line: string) => void,
): { command: string; libraries: string } | undefined {
  const unpacked = unpackDebianPackage(
    { name: 'redis-server', program: 'redis-server', directory },
    log,
  );
  return (
    unpacked && {
      command: path.join(unpacked.root, 'usr/bin/redis-server'),
      libraries: unpacked.libraries,
    }
  );
}
