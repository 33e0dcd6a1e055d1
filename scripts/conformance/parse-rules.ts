import { LEVELS, type Rule, type Standing } from './rule';

const NOT_KEPT: Readonly<Record<string, 'not applicable' | 'deviation'>> = {
  'n/a': 'not applicable',
  deviation: 'deviation',
};

/**
 * Rules as they are written down: `# section`, then one rule a line, `id | level | words`, perhaps with
 * `| n/a: reason` or `| deviation: reason`.
 *
 * @throws Error that names the line
 */
export function parseRules(text: string): readonly Rule[] {
  let section = '';
  const rules: Rule[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    if (line.startsWith('# ')) section = line.slice(2);
    else rules.push(parseRule(line, section));
  }
  return rules;
}

function parseRule(line: string, section: string): Rule {
  const [id = '', level = '', words = '', note, ...others] = line
    .split(' | ')
    .map((part) => part.trim());
  const isRule =
    /^[A-Z]{2,3}-\d\d$/.test(id) && LEVELS.some((known) => known === level) && words !== '';
  const standing = parseStanding(note);
  if (!isRule || !standing || others.length > 0) throw new Error(`This is no rule: ${line}`);
  return { id, level, words, section, standing };
}

function parseStanding(note: string | undefined): Standing | undefined {
  if (note === undefined) return { kind: 'kept' };
  const [, word = '', reason = ''] = /^([\w/]+): (.+)$/.exec(note) ?? [];
  const kind = NOT_KEPT[word];
  return kind && { kind, reason };
}
