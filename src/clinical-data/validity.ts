/**
 * Condition: a row of a relation with `valid_from` and `valid_to` held at an instant. The same for versions,
 * compartments, links and targets.
 *
 * @param instant SQL
 */
export function validAt(row: string, instant: string): string {
  return `${row}.valid_from <= ${instant} and ${row}.valid_to > ${instant}`;
}

/** As validAt, just before the instant: what ended there held, what began there did not. */
export function validBefore(row: string, instant: string): string {
  return `${row}.valid_from < ${instant} and ${row}.valid_to >= ${instant}`;
}

/**
 * Condition on a row of `clinical.version`: it was the latest version of its resource, and the resource was
 * there. In one statement, hence one snapshot, a resource has at most one such row, however the store
 * changes between statements.
 */
export function existsAt(version: string, instant: string): string {
  return `${validAt(version, instant)} and not ${version}.deleted`;
}
