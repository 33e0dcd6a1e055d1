import { isResourceType, type ResourceType } from '@app/fhir';

import { type FhirError, invalidParameter } from './fhir.error';

/** The header that asks a sandbox for behaviour which a client wants to be tested with. */
export const SANDBOX_HEADER = 'X-Sandbox';

/** What a sandbox is asked to do. Times are seconds. */
export interface SandboxBehaviour {
  /** The export takes at least so long. */
  readonly slow?: number;
  /** Polls are answered 429 for so long. */
  readonly busy?: number;
  /** Parts of this type fail; or the export as a whole. */
  readonly fail?: ResourceType | 'export';
  /** The export is gone so long after its end. */
  readonly expire?: number;
  /** Every line is given so often: large files from little data. */
  readonly repeat?: number;
  /** The kick-off is answered 429. */
  readonly refuse?: true;
  /** An access token is good for so long. */
  readonly tokenLifetime?: number;
}

interface Behaviour {
  readonly key: keyof SandboxBehaviour;
  readonly accepted: string;
  /** Undefined for a value that is not accepted. */
  readonly read: (value: string) => number | string | true | undefined;
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  slow: whole('slow', 1, 600),
  busy: whole('busy', 1, 600),
  fail: {
    key: 'fail',
    accepted: 'a resource type, or export',
    read: (value) => (value === 'export' || isResourceType(value) ? value : undefined),
  },
  expire: whole('expire', 1, 3600),
  repeat: whole('repeat', 2, 1000),
  refuse: { key: 'refuse', accepted: 'no value', read: (value) => value === '' || undefined },
  'token-lifetime': whole('tokenLifetime', 1, 300),
};

/** What each behaviour takes, such as `slow=1…600`. */
export const SANDBOX_BEHAVIOURS = Object.entries(BEHAVIOURS)
  .map(([name, { accepted }]) => `${name} (${accepted})`)
  .join(', ');

/**
 * Reads the header: behaviours with commas between them, such as `slow=30, fail=Observation`.
 *
 * @throws FhirError 400 that names the behaviour and what is accepted
 */
export function parseSandbox(header: string | undefined): SandboxBehaviour | undefined {
  if (header === undefined) return undefined;
  return Object.fromEntries(
    header.split(',').map((entry) => {
      const [name = '', value = ''] = entry.split('=').map((text) => text.trim());
      const behaviour = Object.hasOwn(BEHAVIOURS, name) ? BEHAVIOURS[name] : undefined;
      if (!behaviour) throw notAccepted('names a behaviour that does not exist');
      const read = behaviour.read(value);
      if (read === undefined) throw notAccepted(`has a value of ${name} that is not accepted`);
      return [behaviour.key, read];
    }),
  );
}

function whole(key: keyof SandboxBehaviour, least: number, most: number): Behaviour {
  const read = (value: string): number | undefined => {
    const number = /^\d{1,4}$/.test(value) ? Number(value) : NaN;
    return number >= least && number <= most ? number : undefined;
  };
  return { key, accepted: `=${least} to ${most}`, read };
}

function notAccepted(fault: string): FhirError {
  return invalidParameter(
    SANDBOX_HEADER,
    `${SANDBOX_HEADER} ${fault}. Accepted, with commas between them, are ${SANDBOX_BEHAVIOURS}.`,
  );
}
