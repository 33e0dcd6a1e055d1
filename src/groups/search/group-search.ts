import { GROUP_SEARCH_PARAMETERS, type GroupSearchParameterName, quoted, shown } from '@app/fhir';

import { type FhirError, invalidParameter, REQUEST_LIMITS } from '../../common';
import type { Condition } from './condition';
import {
  controlParameters,
  type ControlParameters,
  isControlParameter,
} from './control-parameters';
import { splitUnescaped } from './escaped';
import type { QueryParameter } from './query-parameter';
import { SEARCH_PARAMETERS } from './search-parameters';

/** A search that has been understood in full. */
export interface GroupSearch extends ControlParameters {
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
  /** Whether a condition asks for members, and so must know the segments. */
  readonly byMember: boolean;
  /** What was asked, for the links of the result; without the page. */
  readonly asked: readonly QueryParameter[];
}

/**
 * Reads a search of Group. Repeated parameters narrow, commas widen (R4 search, composite rules).
 * Nothing is ignored: a search that is only half understood would show more than was asked for.
 *
 * @throws FhirError 400 that names the parameter and says what is accepted
 */
export function parseGroupSearch(
  parameters: readonly QueryParameter[],
  fhirBase: string,
): GroupSearch {
  const control = parameters.filter(([name]) => isControlParameter(name));
  const filters = parameters.filter(([name]) => !isControlParameter(name));
  checkSize(filters);
  return {
    conditions: filters.map((parameter) => condition(parameter, fhirBase)),
    byMember: filters.some(([name]) => name.split(':', 1)[0] === 'member'),
    ...controlParameters(control),
    asked: parameters.filter(([name]) => name !== '_page'),
  };
}

/** More would not fit the parameters of one statement. */
const { searchValues: MAX_VALUES, searchCharacters: MAX_CHARACTERS } = REQUEST_LIMITS;

function checkSize(filters: readonly QueryParameter[]): void {
  const characters = filters.reduce((sum, [, value]) => sum + value.length, 0);
  if (characters > MAX_CHARACTERS) throw tooLong(filters, `${MAX_CHARACTERS} characters`);
  const alternatives = filters.flatMap(([, value]) => splitUnescaped(value, ','));
  if (alternatives.length > MAX_VALUES) throw tooLong(filters, `${MAX_VALUES} values`);
}

function tooLong(filters: readonly QueryParameter[], limit: string): FhirError {
  const [name] = filters.at(-1) ?? [''];
  const diagnostics = `A search has ${limit} at most; ask in several.`;
  return invalidParameter(shown(name), diagnostics, 'too-long');
}

function condition([name, value]: QueryParameter, fhirBase: string): Condition {
  const [bare = '', modifier, ...more] = name.split(':');
  if (!isSearchParameter(bare)) throw unknownParameter(name);
  const { accepts, modifiers, anyOf } = SEARCH_PARAMETERS[bare];
  if (more.length > 0 || (modifier !== undefined && !modifiers.includes(modifier))) {
    throw invalidParameter(shown(name), unknownModifier(name, bare, modifiers), 'not-supported');
  }
  // PostgreSQL has no text with this character, so nothing can match it.
  const isText = !value.includes('\0');
  const texts = splitUnescaped(value, ',');
  const found = isText ? anyOf(texts.map((text) => ({ text, modifier, fhirBase }))) : undefined;
  if (found !== undefined) return found;
  throw invalidParameter(name, `A value of ${name} is not valid: ${bare} accepts ${accepts}.`);
}

function isSearchParameter(name: string): name is GroupSearchParameterName {
  return Object.hasOwn(SEARCH_PARAMETERS, name);
}

function unknownModifier(name: string, bare: string, modifiers: readonly string[]): string {
  const known = modifiers.map((modifier) => `:${modifier}`).join(' and ');
  return `${quoted(name)} has a modifier that is not evaluated here; ${bare} has ${known === '' ? 'no modifiers' : known}.`;
}

function unknownParameter(name: string): FhirError {
  const known = GROUP_SEARCH_PARAMETERS.map((parameter) => parameter.name).join(', ');
  return invalidParameter(
    shown(name),
    `Search parameter ${quoted(name)} is not supported. Group is searched by ${known}; with _count, _elements, _summary, _include=Group:member and _format.`,
    'not-supported',
  );
}
