const RULE = '[A-Z]{2,3}-\\d\\d';
const LIST = new RegExp(`\\((${RULE}(?:(?:, | to | and )${RULE})*)\\)`, 'g');

/** The rules that a title cites, as in `keeps them all (MF-16)` or `(JW-05, TK-01 to TK-03)`. */
export function citedRules(title: string): readonly string[] {
  const lists = [...title.matchAll(LIST)].flatMap(([, list = '']) => list.split(/, | and /));
  return [...new Set(lists.flatMap(expand))];
}

/** The title without the rules. */
export function withoutRules(title: string): string {
  return title.replaceAll(LIST, '').replaceAll(/\s+/g, ' ').trim();
}

/** `TK-01 to TK-03` are three. */
function expand(entry: string): readonly string[] {
  const [first = '', last = first] = entry.split(' to ');
  const [prefix = '', from = ''] = first.split('-');
  const [, to = from] = last.split('-');
  const count = Math.max(0, Number(to) - Number(from)) + 1;
  return Array.from(
    { length: count },
    (_none, n) => `${prefix}-${String(Number(from) + n).padStart(2, '0')}`,
  );
}
