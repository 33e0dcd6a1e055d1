import { isIdentifierKey } from './conditional-key';
import { valuesAt } from './json-values';

/** The identifiers of a parsed resource, as `system|value`; those without both parts are left out. */
export function readIdentifiers(resource: unknown): readonly string[] {
  return valuesAt(resource, ['identifier']).flatMap((identifier) => {
    const [system] = valuesAt(identifier, ['system']);
    const [value] = valuesAt(identifier, ['value']);
    if (typeof system !== 'string' || typeof value !== 'string') return [];
    const key = `${system}|${value}`;
    return isIdentifierKey(key) ? [key] : [];
  });
}
