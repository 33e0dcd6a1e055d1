/**
 * What is found out of a resource, or of a part of it, once, however many values and searches it is
 * compared with.
 */
export class Facts {
  private readonly names = new Map<string, string>();

  /** @param alias of the relation with the facts */
  constructor(private readonly alias: string) {}

  /** @param sql an expression @returns the column that holds it */
  add(sql: string): string {
    const name = this.names.get(sql) ?? `c${this.names.size}`;
    this.names.set(sql, name);
    return `${this.alias}.${name}`;
  }

  /** `cross join …`, behind what the facts are of; nothing when there are none. */
  join(): string {
    if (this.names.size === 0) return '';
    const columns = [...this.names].map(([sql, name]) => `${sql} as ${name}`);
    return `cross join lateral (select ${columns.join(', ')} offset 0) ${this.alias}`;
  }
}
