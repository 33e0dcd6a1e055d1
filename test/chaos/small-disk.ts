import { execFile } from 'node:child_process';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MEGABYTES = 256;
const FILLING = Buffer.alloc(1 << 20);

/** A disk that can be filled to its last byte, and can hang. */
export interface SmallDisk {
  readonly folder: string;
  fill(): Promise<void>;
  free(): Promise<void>;
  /** From now on whoever writes waits, for so long. */
  hang(seconds: number): void;
  /** Waits until it does not hang any more. */
  answers(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A small file system of its own, where we may mount one (root on Linux, with loop devices). Elsewhere an
 * ordinary folder, which neither fills nor hangs: those faults then change nothing, and say so.
 */
export async function smallDisk(place: string): Promise<SmallDisk> {
  const folder = `${place}.mounted`;
  await mkdir(folder);
  const mounted = await mount(place, folder).then(
    () => true,
    () => false,
  );
  const filler = join(folder, 'filler');
  let hanging: Promise<unknown> = Promise.resolve();
  const unless = (fault: string): boolean => {
    if (!mounted) console.warn(`No disk ${fault}: mounting one needs root on Linux.`);
    return mounted;
  };
  return {
    folder,
    fill: async () => {
      if (unless('is filled')) await fillUp(filler);
    },
    free: () => rm(filler, { force: true }),
    hang: (seconds) => {
      if (!unless('hangs')) return;
      // One program for both, which outlives us: a frozen disk would hold whoever touches it for ever.
      const both = `fsfreeze -f "$1" && sleep ${seconds}; fsfreeze -u "$1"`;
      hanging = run('sh', ['-c', both, 'sh', folder]);
      hanging.catch(() => undefined);
    },
    answers: async () => {
      await hanging;
    },
    remove: async () => {
      if (mounted) await run('umount', ['-l', folder]);
    },
  };
}

async function mount(image: string, folder: string): Promise<void> {
  await run('truncate', ['-s', `${MEGABYTES}M`, image]);
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-O', '^has_journal', image]);
  await run('mount', ['-o', 'loop', image, folder]);
}

async function fillUp(filler: string): Promise<void> {
  for (let written = 0; written <= MEGABYTES; written++) {
    const isFull = await appendFile(filler, FILLING).then(
      () => false,
      () => true,
    );
    if (isFull) return;
  }
  throw new Error('The disk cannot be filled.');
}
