import { parseInstant, quoted } from '@app/fhir';

/**
 * Reads an option that takes an instant, such as `--up-to 2026-11-30T10:00:00Z`.
 *
 * @throws Error when it is no instant
 */
export function instantOption(name: string): (given: string | readonly string[]) => string {
  return (given) => {
    const text = String(given);
    if (parseInstant(text) !== undefined) return text;
    throw new Error(
      `--${name}: ${quoted(text)} is no instant. Give one with its zone, like 2026-11-30T10:00:00Z.`,
    );
  };
}
