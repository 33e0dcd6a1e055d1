import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { faultsOfPromQL } from '../support/promql';

const read = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const panels = (
  JSON.parse(read('docker/monitoring/grafana-dashboard.json')) as { panels: readonly Panel[] }
).panels.filter(({ type }) => type !== 'row');
const alerts = (parse(read('docker/monitoring/alerts.yml')) as Rules).groups.flatMap(
  ({ rules }) => rules,
);

describe('Monitoring', () => {
  it.each([
    ['bulk_export', 'no metric bulk_export'],
    ['sum(bulk_exports', 'cannot be read'],
    ['bulk_exports{type="a"}', 'no label type'],
    ['bulk_part_duration_seconds', 'no metric'],
    ['bulk_exports_count', 'no metric'],
  ])('finds what is wrong with %s', (expression, fault) => {
    expect(faultsOfPromQL(expression)).toContainEqual(expect.stringContaining(fault));
  });

  it.each(panels.map(({ title, ...panel }) => [title, panel] as const))(
    'has a panel “%s” that asks something, of metrics and labels that there are',
    (_title, { description, targets = [] }) => {
      expect(description).toContain('?');
      expect(targets).not.toHaveLength(0);
      expect(targets.flatMap(({ expr }) => faultsOfPromQL(expr))).toStrictEqual([]);
    },
  );

  it.each(alerts.map(({ alert, expr }) => [alert, expr] as const))(
    'alerts with %s of metrics and labels that there are, and says what to do',
    (alert, expr) => {
      expect(faultsOfPromQL(expr)).toStrictEqual([]);
      expect(read('docs/production.md')).toMatch(new RegExp(`^\\| \`${alert}\` +\\| \\S`, 'm'));
    },
  );
});
