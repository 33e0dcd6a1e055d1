/** A downloaded export that tests damage: files by name, and the manifest beside them. */
export interface DamagedExport {
  readonly files: Map<string, string>;
  manifest: string;
}

/** A source of numbers from 0 up to, but not including, `below`. */
export type Pick = (below: number) => number;
type Plant = (damaged: DamagedExport, pick: Pick) => void;

function edit(change: (lines: string[], pick: Pick) => void): Plant {
  return ({ files }, pick) => {
    const name = nameIn(files, pick);
    const lines = (files.get(name) ?? '').split('\n').slice(0, -1);
    change(lines, pick);
    files.set(name, lines.map((line) => `${line}\n`).join(''));
  };
}

function nameIn(files: ReadonlyMap<string, string>, pick: Pick): string {
  return [...files.keys()][pick(files.size)] ?? '';
}

function replaceIn(pattern: RegExp, by: (found: string, pick: Pick) => string): Plant {
  return (damaged, pick) => {
    const found = [...damaged.manifest.matchAll(pattern)];
    const { 0: text, index } = found[pick(found.length)] ?? { 0: '', index: 0 };
    const { manifest } = damaged;
    damaged.manifest =
      manifest.slice(0, index) + by(text, pick) + manifest.slice(index + text.length);
  };
}

/** Another digit in the place of one. */
function otherDigit(text: string, pick: Pick): string {
  const digits = [...text.matchAll(/\d/g)];
  const { 0: digit, index } = digits[pick(digits.length)] ?? { 0: '0', index: 0 };
  return `${text.slice(0, index)}${(Number(digit) + 1 + pick(9)) % 10}${text.slice(index + 1)}`;
}

/** Ways to damage an export, each of which must be found. */
export const PLANTED_FAULTS: Readonly<Record<string, Plant>> = {
  'a line is dropped': edit((lines, pick) => lines.splice(pick(lines.length), 1)),
  'a line is doubled': edit((lines, pick) => {
    const at = pick(lines.length);
    lines.splice(at, 0, lines[at] ?? '');
  }),
  'a byte is altered': edit((lines, pick) => {
    const at = pick(lines.length);
    const line = lines[at] ?? '';
    const byte = pick(line.length);
    lines[at] = `${line.slice(0, byte)}\u0001${line.slice(byte + 1)}`;
  }),
  'a line is of another version': edit((lines, pick) => {
    const at = pick(lines.length);
    lines[at] = (lines[at] ?? '').replace(/"versionId":"(\d+)"/, '"versionId":"1$1"');
  }),
  'two files are swapped': ({ files }, pick) => {
    const names = [...files.keys()];
    const at = pick(names.length);
    const [one = '', other = ''] = [names[at], names[(at + 1) % names.length]];
    const content = files.get(one) ?? '';
    files.set(one, files.get(other) ?? '');
    files.set(other, content);
  },
  'a line is moved to another file': ({ files }, pick) => {
    const names = [...files.keys()];
    const at = pick(names.length);
    const [one = '', other = ''] = [names[at], names[(at + 1) % names.length]];
    const [line = '', ...rest] = (files.get(one) ?? '').split(/(?<=\n)/);
    files.set(one, rest.join(''));
    files.set(other, `${files.get(other) ?? ''}${line}`);
  },
  'a file is cut off': ({ files }, pick) => {
    const name = nameIn(files, pick);
    const content = files.get(name) ?? '';
    files.set(name, content.slice(0, pick(content.length)));
  },
  'a file is missing': ({ files }, pick) => {
    files.delete(nameIn(files, pick));
  },
  'a file is added': ({ files }, pick) => {
    files.set(`Patient.${100 + pick(900)}.ndjson`, files.get(nameIn(files, pick)) ?? '');
  },
  'a count of the manifest is edited': replaceIn(
    /"(count|expected|given)":\d+/g,
    (text, pick) => `${text}${pick(10)}`,
  ),
  'transactionTime is edited': replaceIn(/"transactionTime":"[^"]+"/g, otherDigit),
  'the request is edited': replaceIn(/\?_type=/g, (_, pick) => `?_typ${pick(10)}=`),
  'a file is struck from the manifest, and is gone': (damaged, pick) => {
    const manifest = JSON.parse(damaged.manifest) as { output: { url: string }[] };
    const [{ url } = { url: '' }] = manifest.output.splice(pick(manifest.output.length), 1);
    damaged.manifest = JSON.stringify(manifest);
    damaged.files.delete(url.slice(url.lastIndexOf('/') + 1));
  },
  'the signature is altered': replaceIn(/(?<=\.\.[\w-]*)[\w-](?=[\w-]{2,}")/g, (letter) =>
    letter === 'A' ? 'B' : 'A',
  ),
};
