/** What is logged of a failure. */
export interface FailureFields {
  /** The error's name. */
  readonly error: string;
  /** SQLSTATE of PostgreSQL, or what the system says, such as ECONNREFUSED. */
  readonly code: string | undefined;
  /** A statement by its verb and table, or a function of the system. */
  readonly statement: string | undefined;
  /** What PostgreSQL says was violated. */
  readonly constraint: string | undefined;
}

type Properties = Readonly<Record<string, unknown>>;

/**
 * What may be logged of any failure. Never its message, nor what PostgreSQL adds as detail, where or
 * hint: all of them may quote a row.
 */
export function failureFields(error: unknown): FailureFields {
  const chain = causes(error);
  const first = (pick: (of: Properties) => unknown): string | undefined =>
    chain.map(pick).find((value): value is string => typeof value === 'string' && value !== '');
  return {
    error: first(({ name }) => name) ?? typeof error,
    code: first(({ code }) => code),
    statement: first(({ query, syscall }) => (typeof query === 'string' ? named(query) : syscall)),
    constraint: first(({ constraint }) => constraint),
  };
}

/** The error and what it was made from: of several errors the first, of five levels at most. */
function causes(error: unknown, levels = 5): readonly Properties[] {
  if (typeof error !== 'object' || error === null || levels === 0) return [];
  const properties = error as Properties;
  const { cause, errors } = properties;
  const next: unknown = Array.isArray(errors) ? errors[0] : cause;
  return [properties, ...causes(next, levels - 1)];
}

/** Names of our own tables alone: whatever else stands in a statement may be a value. */
const TABLE =
  /\b(insert into|update|delete from|from|join)\s+((?:audit|auth|clinical|export|feed|groups|service)\.[a-z_]+)/i;

function named(query: string): string | undefined {
  const [, verb = '', table] = TABLE.exec(query.replace(/'[^']*'/g, "''")) ?? [];
  return table && `${verb.toLowerCase()} ${table.toLowerCase()}`;
}
