import { randomUUID } from 'node:crypto';

import { literal } from './sql-literal';

/** The setting of the session in which predicates find what they compare with. */
export const VALUES_SETTING = 'bulk_data.values';

/**
 * What a statement's predicates compare with, apart from its text: PostgreSQL logs texts, and shows them
 * to whoever may see what runs.
 */
export class SearchValues {
  private readonly texts = new Map<string, number>();
  /** A statement that finds the values of another fails instead of finding something else. */
  private readonly key = randomUUID();

  /**
   * @param value JSON
   * @returns SQL of the value as jsonb, which PostgreSQL evaluates once in a statement
   */
  add(value: unknown): string {
    const text = JSON.stringify(value);
    const index = this.texts.get(text) ?? this.texts.size;
    this.texts.set(text, index);
    const path = literal(`strict $."${this.key}"[${index}]`);
    return `(select jsonb_path_query_first(current_setting('${VALUES_SETTING}')::jsonb, ${path}))`;
  }

  /** For VALUES_SETTING; undefined when there are none. */
  get setting(): string | undefined {
    if (this.texts.size === 0) return undefined;
    return `{"${this.key}":[${[...this.texts.keys()].join(',')}]}`;
  }
}

/** SQL of a list of texts as text[], evaluated once in a statement. */
export function textArray(values: SearchValues, texts: readonly string[]): string {
  return `array(select jsonb_array_elements_text(${values.add(texts)}))`;
}
