/**
 * SQL of what segments note as their form: a key of `lineForm`, and the cluster that packed them. Notes and
 * segments are compared by ids of transactions, which begin anew where a dump is restored: what another
 * cluster has packed would pass for untouched, whatever is deleted.
 *
 * @param key SQL of the key
 */
export function formHere(key: string): string {
  return `(${key}::text || '@' || (select system_identifier from pg_control_system()))`;
}
