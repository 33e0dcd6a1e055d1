import type { IncomingMessage } from 'node:http';

import { invalidParameter } from './fhir.error';

/**
 * What If-Match and If-None-Match expect to be stored.
 *
 * @throws FhirError 400 for what is neither a version of ours nor `*`
 */
export function readExpected({
  headers,
}: Pick<IncomingMessage, 'headers'>): bigint | 'none' | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  return expectedBy({ match, noneMatch }, ['If-Match', 'If-None-Match']);
}

/** As readExpected, of conditions with names of their own. */
export function expectedBy(
  {
    match,
    noneMatch,
  }: { readonly match?: string | undefined; readonly noneMatch?: string | undefined },
  [matchName, noneMatchName]: readonly [string, string],
): bigint | 'none' | undefined {
  if (match !== undefined && noneMatch !== undefined) {
    throw invalidParameter(matchName, `Send either ${matchName} or ${noneMatchName}, not both.`);
  }
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === '*') return 'none';
    const advice = `${noneMatchName} of a write must be *: only if there is none.`;
    throw invalidParameter(noneMatchName, advice);
  }
  if (match === undefined) return undefined;
  const [, version] = /^\s*(?:W\/)?"(\d{1,18})"\s*$/.exec(match) ?? [];
  if (version !== undefined) return BigInt(version);
  throw invalidParameter(
    matchName,
    `${matchName} must be one ETag, as reads and writes answer it: W/"3".`,
  );
}
