/** One step of a path expression. */
export type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'as'; readonly type: string }
  | { readonly kind: 'where-equals'; readonly name: string; readonly value: string }
  | { readonly kind: 'where-resolves-to'; readonly type: string };

/** One branch of a union. */
export interface Branch {
  /** The name that the expression begins with: a resource type, or an element. */
  readonly root: string;
  readonly steps: readonly Step[];
  /** True for `x.exists() and x != false`, whose value is a boolean of its own. */
  readonly presence: boolean;
}

const TOKEN = /\s*([A-Za-z_][A-Za-z0-9_]*|'[^']*'|!=|[().|=])/y;
const PRESENCE = /^([\w.]+)\.exists\(\) and \1 != false$/;

/**
 * Reads the part of FHIRPath that R4's search parameters are written in: unions of paths with `as`,
 * `where(name = 'value')` and `where(resolve() is Type)`.
 *
 * @throws Error for anything else: an expression is compiled exactly or not at all
 */
export function parseExpression(text: string): readonly Branch[] {
  const presence = PRESENCE.exec(text.trim());
  if (presence?.[1] !== undefined) {
    return new Reader(presence[1]).union().map((branch) => ({ ...branch, presence: true }));
  }
  return new Reader(text).union();
}

class Reader {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(private readonly text: string) {
    this.tokens = this.tokenize();
  }

  union(): readonly Branch[] {
    const branches = [this.branch()];
    while (this.accept('|')) branches.push(this.branch());
    if (this.at < this.tokens.length) throw this.unexpected();
    return branches;
  }

  private branch(): Branch {
    if (!this.accept('(')) return this.path();
    const inner = this.path();
    const steps = [...inner.steps];
    if (this.accept('as')) steps.push({ kind: 'as', type: this.next() });
    this.expect(')');
    return { ...inner, steps: [...steps, ...this.members()] };
  }

  private path(): Branch {
    return { root: this.next(), steps: this.members(), presence: false };
  }

  private members(): readonly Step[] {
    const steps: Step[] = [];
    while (this.accept('.')) steps.push(this.member(this.next()));
    return steps;
  }

  private member(name: string): Step {
    if (!this.accept('(')) return { kind: 'member', name };
    const step = name === 'as' ? { kind: 'as' as const, type: this.next() } : this.condition(name);
    this.expect(')');
    return step;
  }

  private condition(name: string): Step {
    if (name !== 'where') throw this.unexpected();
    const first = this.next();
    if (first === 'resolve') {
      for (const token of ['(', ')', 'is']) this.expect(token);
      return { kind: 'where-resolves-to', type: this.next() };
    }
    this.expect('=');
    const value = this.next();
    if (!value.startsWith("'")) throw this.unexpected();
    return { kind: 'where-equals', name: first, value: value.slice(1, -1) };
  }

  private next(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.unexpected();
    return token;
  }

  private accept(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private expect(token: string): void {
    if (!this.accept(token)) throw this.unexpected();
  }

  private tokenize(): readonly string[] {
    const tokens: string[] = [];
    const end = this.text.trimEnd().length;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < end) {
      const from = TOKEN.lastIndex;
      const token = TOKEN.exec(this.text)?.[1];
      if (token === undefined) throw new Error(`Unknown at ${from}: ${this.text}`);
      tokens.push(token);
    }
    return tokens;
  }

  private unexpected(): Error {
    const seen = this.tokens.slice(0, this.at + 1).join(' ');
    return new Error(`This expression is not understood: ${this.text} (at ${seen})`);
  }
}
