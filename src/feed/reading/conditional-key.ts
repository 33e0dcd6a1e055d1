import { isR4ResourceType } from '@app/fhir';

const CONDITIONAL = /^([A-Za-z]+)\?identifier=([^&]*)$/;

/**
 * What a conditional reference `Type?identifier=system|value` asks for, as `Type system|value`.
 *
 * @returns undefined for other references, and for searches that name no system or no value
 */
export function conditionalKey(reference: string): string | undefined {
  const [, type = '', search = ''] = CONDITIONAL.exec(reference) ?? [];
  if (!isR4ResourceType(type)) return undefined;
  const identifier = decodeUrl(search);
  return isIdentifierKey(identifier) ? `${type} ${identifier}` : undefined;
}

/** True for `system|value` with both parts, on one line: what can be looked up. */
export function isIdentifierKey(identifier: string): boolean {
  return /^[^|\n]+\|[^\n]+$/.test(identifier);
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
