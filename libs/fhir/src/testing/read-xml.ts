/** An element of FHIR XML without narrative: attributes and elements, no text. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const TAG = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>/y;
const ATTRIBUTE = /([\w:.-]+)="([^"]*)"/g;
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#x([0-9A-F]+)|#([0-9]+));/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/**
 * Reads FHIR XML, strictly and independently of the library that writes it. White space that a parser
 * would change (raw tabs and line breaks in attributes) counts as a fault.
 *
 * @throws Error where the text is not well-formed
 */
export function readXml(text: string): XmlElement {
  if (!text.startsWith(DECLARATION)) throw new Error('There is no XML declaration.');
  if (NOT_XML.test(text)) throw new Error('There is a character that XML cannot hold.');
  const document: XmlElement = { name: '', attributes: {}, children: [] };
  const open = [document];
  let at = DECLARATION.length;
  while (at < text.length) {
    TAG.lastIndex = at;
    const tag = TAG.exec(text);
    if (!tag) throw new Error(`There is no tag at ${at}: ${text.slice(at, at + 40)}`);
    take(tag, open);
    at = TAG.lastIndex;
  }
  const [root, ...others] = document.children;
  if (!root || others.length > 0 || open.length > 1) throw new Error('There is not one root.');
  return root;
}

/** Values of the elements at a path below `element`, such as `issue.diagnostics`. */
export function valuesAt(element: XmlElement, path: string): readonly string[] {
  return elementsAt(element, path).flatMap(({ attributes }) => attributes['value'] ?? []);
}

/** The elements at a path below `element`. */
export function elementsAt(element: XmlElement, path: string): readonly XmlElement[] {
  return path
    .split('.')
    .reduce<readonly XmlElement[]>(
      (found, name) =>
        found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      [element],
    );
}

function take([, closes, name = '', attributes = '', empty]: RegExpExecArray, open: XmlElement[]) {
  if (closes) {
    if (open.length < 2 || open.pop()?.name !== name) throw new Error(`</${name}> closes nothing.`);
    return;
  }
  const element: XmlElement = { name, attributes: readAttributes(attributes), children: [] };
  open.at(-1)?.children.push(element);
  if (!empty) open.push(element);
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(ATTRIBUTE)].map(
    ([, name = '', value = '']) => [name, decode(value)] as const,
  );
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) {
    throw new Error(`An attribute is given twice: ${text}`);
  }
  return Object.fromEntries(pairs);
}

function decode(value: string): string {
  if (/[\t\n\r]/.test(value)) throw new Error('A parser would change the white space of a value.');
  if (value.replace(REFERENCE, '').includes('&')) throw new Error(`There is a bare & in ${value}`);
  return value.replace(REFERENCE, (_all, entity?: string, hex?: string, decimal?: string) => {
    if (entity !== undefined) return ENTITIES[entity] ?? '';
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
