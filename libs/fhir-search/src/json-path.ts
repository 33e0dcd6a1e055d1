import type { Scope } from './scope';
import type { Place } from './search-parameter';
import { literal } from './sql-literal';

/** Values that a path mentions, by variable. They travel as JSON: no path is made of what clients wrote. */
export class Variables {
  private readonly values: Record<string, string> = {};
  private count = 0;

  /** `$v0`, `$v1` … */
  add(value: string): string {
    const name = `v${this.count++}`;
    this.values[name] = value;
    return `$${name}`;
  }

  sql({ values }: Pick<Scope, 'values'>): string {
    return Object.keys(this.values).length === 0 ? `'{}'` : values.add(this.values);
  }
}

/**
 * A place as an SQL/JSON path that gives each of its values once, whether R4 or the resource has one or
 * many of them: in lax mode `[*]` of something single is that thing.
 *
 * @param below members below the place, such as `.coding`
 */
export function pathTo({ path }: Place, ...below: readonly string[]): string {
  const steps = path === '' ? [] : path.split('.');
  return ['$', ...steps.map(step), ...below.map((member) => `.${member}[*]`)].join('');
}

/** True when the path, filtered by `filter`, gives anything. */
export function pathExists(
  scope: Pick<Scope, 'json' | 'values'>,
  path: string,
  filter: string,
  variables: Variables,
): string {
  return `jsonb_path_exists(${scope.json}, ${literal(`${path} ? (${filter})`)}, ${variables.sql(scope)}, true)`;
}

/** `from` item: the values of the path, one by one, as the column `x` of `alias`. */
export function valuesAt({ json }: Pick<Scope, 'json'>, path: string, alias = 'e'): string {
  return `jsonb_path_query(${json}, ${literal(path)}, '{}', true) as ${alias}(x)`;
}

/** The path to the strings among its values. */
export function textsAt(path: string): string {
  return `${path} ? (@.type() == "string")`;
}

/** Steps come from our own definitions: `name` or `name[member=value]`. */
function step(text: string): string {
  const [, name = '', member, value] = /^(\w+)(?:\[(\w+)=([\w-]+)\])?$/.exec(text) ?? [];
  return `.${name}[*]${member === undefined ? '' : ` ? (@.${member} == "${value ?? ''}")`}`;
}
