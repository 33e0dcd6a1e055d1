import { distance } from 'fastest-levenshtein';

import { SECRET_FILES } from './secret-files';
import type { Given } from './validate';
import { VARIABLES } from './variables';

const NAMES = Object.keys(VARIABLES);
/** `EXPORT_`, `STORAGE_` and so on: the first words of our names. */
const PREFIXES = [...new Set(NAMES.flatMap((name) => /^[A-Z0-9]+_/.exec(name)?.[0] ?? []))].filter(
  // Too common a word: others have such variables.
  (prefix) => prefix !== 'ENV_',
);

/** Names that begin like ours and belong to others: curl's, our compose file's, our own scripts'. */
const OTHERS = new Set(['HTTP_PROXY', 'REDIS_PASSWORD', 'REDIS_STAND_IN']);
/** What Kubernetes adds for a service called `redis`, say. */
const LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)$/;
const LINK_VALUE = /^(?:tcp|udp):\/\//;

/**
 * Names that are probably meant as settings of this service and are none: those that begin like ours, and
 * those that differ from one of ours by a letter or two.
 *
 * @returns a sentence for each, with the setting that may be meant; no values
 */
export function misspelt(given: Given): readonly string[] {
  const missing = NAMES.filter((name) => given[name] === undefined);
  return Object.entries(given).flatMap(([name, value = '']) => {
    if ([...NAMES, ...SECRET_FILES].includes(name) || OTHERS.has(name)) return [];
    if (LINK.test(name) || LINK_VALUE.test(value)) return [];
    const meant = nearest(name, missing);
    if (meant === undefined && !ours(name)) return [];
    const hint = meant === undefined ? '.env.example lists all.' : `Is ${meant} meant?`;
    return [`${name} is no setting of this service and has no effect. ${hint}`];
  });
}

function ours(name: string): boolean {
  return PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** The setting that a name may be meant for. */
function nearest(name: string, settings: readonly string[]): string | undefined {
  const found = settings
    .map((setting) => ({ setting, far: farness(name.toUpperCase(), setting) }))
    .filter(({ setting, far }) => far <= (ours(name) ? setting.length * 0.4 : mistakes(setting)))
    .sort((one, other) => one.far - other.far);
  return found[0]?.setting;
}

/** A setting that was cut off counts as one wrong letter. */
function farness(name: string, setting: string): number {
  return ours(name) && setting.startsWith(name) ? 1 : distance(name, setting);
}

/** How many letters may be wrong: short words are like too many others. */
function mistakes({ length }: string): number {
  if (length < 6) return 0;
  return length < 9 ? 1 : 2;
}
