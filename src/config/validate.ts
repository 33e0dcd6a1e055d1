import { cleanEnv, EnvMissingError } from 'envalid';

import { ConfigurationError } from './configuration.error';
import { type Environment, SPECS } from './environment';
import { VARIABLES } from './variables';

/** Variables by name, as a process or a file has them. */
export type Given = Readonly<Record<string, string | undefined>>;

/** The name of a setting. */
export type SettingName = keyof typeof SPECS;

const ALL = Object.keys(VARIABLES) as readonly SettingName[];

/**
 * Validates variables; an empty one counts as missing. Those that are not named are not looked at, and
 * reading one of them throws.
 *
 * @param further finds the faults that single variables cannot show
 * @throws ConfigurationError listing all faults at once; values are never repeated
 */
export function validate(
  environment: Given,
  names: readonly SettingName[] = ALL,
  further: (given: Given) => readonly string[] = () => [],
): Environment {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const specs = Object.fromEntries(names.map((name) => [name, SPECS[name]])) as typeof SPECS;
  return cleanEnv(given, specs, {
    reporter: ({ errors }) => {
      const faults = Object.entries(errors).map(([name, error]) =>
        error instanceof EnvMissingError ? `${name} is required` : `${name}: ${explain(error)}`,
      );
      faults.push(...further(given));
      if (faults.length > 0) throw new ConfigurationError(faults);
    },
  });
}

/** In our own words where envalid's repeat the value, which may be a secret, or leave open what is accepted. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('Invalid bool')) return 'must be true or false';
  if (message.startsWith('Invalid port')) return 'must be a whole number from 1 to 65535';
  const choices = /^.* not in choices \[([^\]]*)\]$/s.exec(message)?.[1]?.split(',');
  if (choices) return `must be one of ${choices.filter((choice) => choice !== '').join(', ')}`;
  const isOurs = !message.startsWith('Invalid');
  return (isOurs ? message : message.replace(/:?\s*"[^"]*"/, '')) || 'is not valid';
}
