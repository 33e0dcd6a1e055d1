/**
 * Whether every resource that matches one search is sure to match another: all criteria of a search
 * must be met, so one with the same criteria and more finds no more. Two ways of saying the same with
 * other criteria count as different: on doubt, no.
 */
export function isWithin(narrow: string, wide: string): boolean {
  const criteria = criteriaOf(narrow);
  return criteriaOf(wide).every((criterion) => criteria.includes(criterion));
}

/** The same text for scopes that ask for the same rows in the same criteria, in any order. */
export function filterKey(query: string): string {
  return JSON.stringify([...new Set(criteriaOf(query))].sort());
}

function criteriaOf(query: string): readonly string[] {
  return query.split('&').map(decoded);
}

/** Percent-encoding is a matter of spelling. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded, then: it counts as it stands.
    return text;
  }
}
