import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

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

/** Of Prometheus itself, and of what prom-client gives of every process. */
const OTHERS = ['process_resident_memory_bytes'];

/** By name, with the labels that each may have: other tests compare these pages with what is served. */
const DOCUMENTED = new Map(
  [...`${read('docs/metrics.md')}${read('docs/packed-segments.md')}`.matchAll(ROW())].map(
    ([, name = '', kind = '', labels = '']) => [name, { kind, labels: labels.split(', ') }],
  ),
);
function ROW(): RegExp {
  return /^\| `(bulk_\w+)` +\| *(?:(gauge|counter|histogram) +\| *([\w, ]*?) *\|)?/gm;
}

/** @returns what PromQL does not accept, and what names no metric or label of ours */
function faultsOf(expression: string): readonly string[] {
  const faults: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      const text = expression.slice(from, to);
      if (type.isError) faults.push(`cannot be read at ${from}`);
      if (type.name === 'VectorSelector') faults.push(...faultsOfSelector(text));
    },
  });
  return faults;
}

function faultsOfSelector(selector: string): readonly string[] {
  const [, name = '', matchers = ''] = /^(\w+)(?:\{(.*)\})?$/s.exec(selector) ?? [];
  if (OTHERS.includes(name)) return [];
  const suffix = /_(?:bucket|count|sum)$/.exec(name)?.[0] ?? '';
  const metric = DOCUMENTED.get(name.slice(0, name.length - suffix.length));
  if (!metric || (metric.kind === 'histogram') !== (suffix !== '')) return [`no metric ${name}`];
  return [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)]
    .map(([, label = '']) => label)
    .filter((label) => !metric.labels.includes(label))
    .map((label) => `no label ${label} of ${name}`);
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
    expect(faultsOf(expression)).toContainEqual(expect.stringContaining(fault));
  });

  it.each(panels.map(({ title, ...panel }) => [title, panel] as const))(
    'has a panel “%s” that asks something, of metrics and labels that there are',
    (_title, { description, targets = [] }) => {
      expect(description).toContain('?');
      expect(targets).not.toHaveLength(0);
      expect(targets.flatMap(({ expr }) => faultsOf(expr))).toStrictEqual([]);
    },
  );

  it.each(alerts.map(({ alert, expr }) => [alert, expr] as const))(
    'alerts with %s of metrics and labels that there are',
    (_alert, expr) => {
      expect(faultsOf(expr)).toStrictEqual([]);
    },
  );
});
