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

  sql(): string {
    return literal(JSON.stringify(this.values));
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
  json: string,
  path: string,
  filter: string,
  variables: Variables,
): string {
  return `jsonb_path_exists(${json}, ${literal(`${path} ? (${filter})`)}, ${variables.sql()}, true)`;
}

/** True when `condition` holds for one of the values of the path, which is then `e.x`, jsonb. */
export function someValue(json: string, path: string, condition: string): string {
  const values = `jsonb_path_query(${json}, ${literal(path)}, '{}', true)`;
  return `exists (select from ${values} as e(x) where ${condition})`;
}

/** As `someValue`, for strings only; `e.x #>> '{}'` is then the text. */
export function someText(json: string, path: string, condition: string): string {
  return someValue(json, `${path} ? (@.type() == "string")`, condition);
}

/** Steps come from our own definitions: `name` or `name[member=value]`. */
function step(text: string): string {
  const [, name = '', member, value] = /^(\w+)(?:\[(\w+)=([\w-]+)\])?$/.exec(text) ?? [];
  return `.${name}[*]${member === undefined ? '' : ` ? (@.${member} == "${value ?? ''}")`}`;
}
