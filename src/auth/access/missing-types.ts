import type { ResourceType } from '@app/fhir';

import type { Licence } from '../apps/app';
import { formatScopes } from '../scopes';
import type { AppPrincipal } from './app-principal';

/** Whether any scope at all can make a type the app's. */
function isLicensed({ resourceTypes }: Licence, type: ResourceType): boolean {
  return resourceTypes === undefined || resourceTypes.includes(type);
}

/**
 * What to do about types that a request lacks, for its refusal. A scope is recommended only for types
 * that the licence covers: of others it would be dropped (SC-05).
 */
export function adviceOn(
  types: readonly ResourceType[],
  { licence, scopes }: Pick<AppPrincipal, 'licence' | 'scopes'>,
): string {
  const unlicensed = types.filter((type) => !isLicensed(licence, type));
  const licensed = types.filter((type) => isLicensed(licence, type));
  const syntax = scopes[0]?.syntax ?? 'v2';
  const needed = formatScopes(licensed.map((type) => ({ type, syntax })));
  return [
    ...(licensed.length > 0 ? [`Ask for a token with ${needed.replaceAll(' ', ', ')}.`] : []),
    ...(unlicensed.length > 0
      ? [
          `The app’s licence does not cover ${unlicensed.join(', ')}, whatever the scope: the operator can change it.`,
        ]
      : []),
  ].join(' ');
}

/** The same where one of the types is enough. */
export function adviceOnEither(
  types: readonly ResourceType[],
  app: Pick<AppPrincipal, 'licence' | 'scopes'>,
): string {
  const licensed = types.find((type) => isLicensed(app.licence, type));
  return adviceOn(licensed === undefined ? types : [licensed], app);
}
