import ts from 'typescript';

const NAME = /\b([a-z_]+)\.([a-z_]+)\b/g;
const CUT_NAME = /\b([a-z_]+)\.$/;

/**
 * The relations that the strings and templates of a source name, each once. Of a name whose end is put in
 * when the program runs, `clinical.*`: any of its schema.
 *
 * @param known `schema.name` of every relation
 */
export function namedRelations(source: string, known: ReadonlySet<string>): readonly string[] {
  const schemas = new Set([...known].map((name) => name.slice(0, name.indexOf('.'))));
  const found = new Set<string>();
  const read = (text: string, isCut: boolean): void => {
    for (const [name] of text.matchAll(NAME)) if (known.has(name)) found.add(name);
    const schema = isCut ? CUT_NAME.exec(text)?.[1] : undefined;
    if (schema !== undefined && schemas.has(schema)) found.add(`${schema}.*`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) read(node.text, false);
    else if (ts.isTemplateHead(node) || ts.isTemplateMiddle(node)) read(node.text, true);
    else if (ts.isTemplateTail(node)) read(node.text, false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest));
  return [...found].sort();
}
