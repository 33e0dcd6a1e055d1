import type { Environment } from './environment';
import { VARIABLES } from './variables';

/** A setting as operators see it. */
export interface ShownSetting {
  readonly name: string;
  /** Undefined where it is not set. Of a secret: that there is one. */
  readonly value: string | undefined;
}

type Value = string | number | boolean | object | undefined;

/** All settings as they are in force. Secrets are left out by what is said of each, not by its name. */
export function shownSettings(env: Environment): readonly ShownSetting[] {
  const values = env as unknown as Readonly<Record<string, Value>>;
  return Object.entries(VARIABLES).map(([name, { secret }]) => {
    const value = values[name];
    if (value === undefined || value === '') return { name, value: undefined };
    if (secret) return { name, value: '(secret)' };
    return { name, value: typeof value === 'object' ? JSON.stringify(value) : String(value) };
  });
}
