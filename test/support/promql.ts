import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parser } from '@prometheus-io/lezer-promql';

const PAGES = ['docs/metrics.md', 'docs/packed-segments.md'];
const ROW = /^\| `(bulk_\w+)` +\| *(?:(gauge|counter|histogram) +\| *([\w, ]*?) *\|)?/gm;

/** Of what prom-client gives of every process. */
const OTHERS = ['process_resident_memory_bytes'];

/** By name, with the labels that each may have: other tests compare these pages with what is served. */
const DOCUMENTED = new Map(
  PAGES.flatMap((page) => [
    ...readFileSync(join(__dirname, '../..', page), 'utf8').matchAll(ROW),
  ]).map(([, name = '', kind = '', labels = '']) => [name, { kind, labels: labels.split(', ') }]),
);

/** @returns what PromQL does not accept, and what names no metric or label of ours */
export function faultsOfPromQL(expression: string): readonly string[] {
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
