import type { Stage } from './dockerfile';

/** A name that a registry cannot give other content: with a digest. */
const PINNED = /@sha256:[0-9a-f]{64}$/;
/** Lines of Node that are maintained for long. */
const LTS = /^node:(24|26)[.-]/;

/** Base images that are not pinned, or not of an LTS of Node. Stages that go on from others have none. */
export function faultsOfBases(stages: readonly Stage[]): readonly string[] {
  const names = new Set(stages.map(({ name }) => name));
  return stages
    .filter(({ image }) => !names.has(image))
    .flatMap(({ name, image }) => [
      ...(PINNED.test(image) ? [] : [`stage ${name}: pin ${image} by its digest.`]),
      ...(LTS.test(image) ? [] : [`stage ${name}: ${image} is no active LTS of Node.`]),
    ]);
}

/** Images of a compose file that are not pinned. Our own is built where the file is used. */
export function unpinnedImages(compose: string): readonly string[] {
  return [...compose.matchAll(/^\s*image:\s*(\S+)/gm)]
    .map(([, image = '']) => image.replace(/^(['"])(.*)\1$/, '$2'))
    .filter((image) => !image.startsWith('ehr-bulk-data:') && !PINNED.test(image))
    .map((image) => `pin ${image} by its digest.`);
}
