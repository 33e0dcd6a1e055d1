import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import ts from 'typescript';

import { citedRules, withoutRules } from './cited-rules';
import type { Citation } from './rule';

/** Where jest looks for specs. */
const ROOTS = ['src', 'libs', 'test'];
const SPEC = /\.(?:spec|e2e-spec|contract)\.ts$/;

/** Every text in a spec that cites rules: titles of tests, and the rows of tables that titles are made of. */
export function citations(root: string): readonly Citation[] {
  return ROOTS.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .map((name) => path.posix.join(folder, String(name).split(path.sep).join('/')))
      .filter((name) => SPEC.test(name)),
  )
    .sort()
    .flatMap((file) => citationsIn(file, readFileSync(path.join(root, file), 'utf8')));
}

export function citationsIn(file: string, source: string): readonly Citation[] {
  return texts(ts.createSourceFile(file, source, ts.ScriptTarget.Latest)).flatMap((text) => {
    const rules = citedRules(text);
    return rules.length > 0 ? [{ file, title: withoutRules(text), rules }] : [];
  });
}

function texts(node: ts.Node): readonly string[] {
  const found: string[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isStringLiteralLike(child)) found.push(child.text);
    else if (ts.isTemplateExpression(child)) found.push(templateText(child));
    ts.forEachChild(child, visit);
  };
  visit(node);
  return found;
}

function templateText({ head, templateSpans }: ts.TemplateExpression): string {
  return [head.text, ...templateSpans.map(({ literal }) => literal.text)].join('…');
}
