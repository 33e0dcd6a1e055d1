import { VARIABLES } from '../../src/config/variables';

/**
 * Forgets every setting of the service that this shell has: the demonstration must not reach a
 * database, a Redis or a bucket that somebody else uses.
 */
export function forgetSettings(): void {
  for (const name of Object.keys(VARIABLES)) Reflect.deleteProperty(process.env, name);
}
