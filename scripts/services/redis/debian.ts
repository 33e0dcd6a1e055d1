import path from 'node:path';

import { unpackDebianPackage } from '../debian-package';

/** A server that was unpacked without being installed. */
export interface UnpackedRedis {
  readonly command: string;
  readonly libraries: string;
  /** False when an earlier run had unpacked it. */
  readonly isNew: boolean;
}

/**
 * Debian's redis-server, unpacked without installing it. Its program is a link to one of redis-tools.
 *
 * @returns undefined where it cannot be had
 */
export function debianRedis(
  directory: string,
  log: (line: string) => void,
): UnpackedRedis | undefined {
  const unpacked = unpackDebianPackage(
    { name: 'redis-server', companions: ['redis-tools'], program: 'redis-server', directory },
    log,
  );
  if (!unpacked) return undefined;
  const { root, libraries, isNew } = unpacked;
  return { command: path.join(root, 'usr/bin/redis-server'), libraries, isNew };
}
