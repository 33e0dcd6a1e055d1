import type { Citation, Rule } from './rule';

const HEADER = `# Conformance

Every rule of Bulk Data Access 2.0 and 3.0 and of SMART Backend Services, in short words of our own, with the tests
that show it. Written by \`npm run conformance\`, which fails when a SHALL that applies has no test; CI fails when none
of its tests has passed. \`fact\` marks definitions, \`client\` what clients do, \`RFC\` and \`design\` what RFCs and we add.

Of the ballot of 4.0, which \`BULK_DATA_VERSION=4.0-ballot\` serves, these are left out: \`countSeverity\`,
\`outputOrganizedByDetail\`, \`_minimumFileSize\`, \`_maximumFileSize\`, \`$bulk-submit\`, \`$bulk-submit-status\`,
\`$bulk-publish\`, and the refusal of lists by commas.
`;

/** docs/conformance.md. */
export function conformancePage(rules: readonly Rule[], cited: readonly Citation[]): string {
  const sections = [...new Set(rules.map(({ section }) => section))];
  const bodies = sections.map((section) => {
    const own = rules.filter((rule) => rule.section === section);
    return `## ${section}\n\n${table(own, cited)}`;
  });
  return [HEADER, summary(rules, cited), deviations(rules), ...bodies].join('\n');
}

function summary(rules: readonly Rule[], cited: readonly Citation[]): string {
  const proven = new Set(cited.flatMap((citation) => citation.rules));
  const rows = ['SHALL', 'SHOULD', 'MAY', 'others'].map((group) => {
    const own = rules.filter(({ level }) => groupOf(level) === group);
    const kept = own.filter(({ standing }) => standing.kind === 'kept');
    const count = (kind: string): number =>
      own.filter(({ standing }) => standing.kind === kind).length;
    const tested = kept.filter(({ id }) => proven.has(id)).length;
    return `| ${group} | ${kept.length} | ${tested} | ${count('deviation')} | ${count('not applicable')} |\n`;
  });
  return `| level | kept | with tests | deviations | not applicable |\n|---|---|---|---|---|\n${rows.join('')}`;
}

function groupOf(level: string): string {
  const [verb = ''] = level.split(' ');
  return ['SHALL', 'SHOULD', 'MAY'].includes(verb) ? verb : 'others';
}

function deviations(rules: readonly Rule[]): string {
  const lines = rules.flatMap(({ id, level, words, standing }) =>
    standing.kind === 'deviation'
      ? [`- **${id}** (${level}: ${words}): ${standing.reason}.\n`]
      : [],
  );
  return `## Deviations\n\n${lines.join('')}`;
}

function table(rules: readonly Rule[], cited: readonly Citation[]): string {
  const rows = rules.map((rule) => {
    const tests = titles(rule, cited);
    const cells = [rule.id, rule.level, rule.words, standingOf(rule, tests), tests];
    return `| ${cells.map(cell).join(' | ')} |\n`;
  });
  return `| rule | level | what | status | tests |\n|---|---|---|---|---|\n${rows.join('')}`;
}

function standingOf({ standing }: Rule, tests: string): string {
  if (standing.kind !== 'kept') return `${standing.kind}: ${standing.reason}`;
  return tests === '' ? 'kept; no test of its own' : 'kept';
}

function titles({ id }: Rule, cited: readonly Citation[]): string {
  const own = cited.filter(({ rules }) => rules.includes(id));
  return own.map(({ file, title }) => `${title} _(${file})_`).join('\n');
}

function cell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('\n', '<br>');
}
