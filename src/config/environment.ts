import type { CleanedEnv } from 'envalid';

import { VARIABLES } from './variables';

/** What envalid checks the environment against. */
export const SPECS = Object.fromEntries(
  Object.entries(VARIABLES).map(([name, variable]) => [name, variable.spec]),
) as { readonly [K in keyof typeof VARIABLES]: (typeof VARIABLES)[K]['spec'] };

/** Every variable, validated. */
export type Environment = CleanedEnv<typeof SPECS>;
