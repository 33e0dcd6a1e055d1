const EXAMPLES = 3;

/** Counts by kind, each with its first examples if it has any: what is shown does not grow with what is wrong. */
export class Findings {
  private readonly kinds = new Map<string, { count: number; readonly examples: string[] }>();

  add(kind: string, example?: string): void {
    let found = this.kinds.get(kind);
    if (!found) {
      found = { count: 0, examples: [] };
      this.kinds.set(kind, found);
    }
    found.count += 1;
    if (example !== undefined && found.examples.length < EXAMPLES) found.examples.push(example);
  }

  get isEmpty(): boolean {
    return this.kinds.size === 0;
  }

  /** One line for each kind, most first. */
  lines(): readonly string[] {
    return [...this.kinds]
      .sort(([, a], [, b]) => b.count - a.count)
      .map(([kind, { count, examples }]) => {
        const told = `${count.toLocaleString('en-US')} ${kind}`;
        if (examples.length === 0) return told;
        return `${told}: ${examples.join(', ')}${count > examples.length ? ', …' : ''}`;
      });
  }
}
