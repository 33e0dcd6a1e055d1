/** Takes what a BinaryText finds. */
export interface BinaryTextReceiver {
  /** The first `contentType` of the resource itself. */
  contentType(value: string): void;
  /** The next characters of the first `data` of the resource itself, JSON's escapes undone. */
  data(piece: Buffer): void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const UNICODE_ESCAPE = 0x75;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);
/** Longer than any name or media type that means something here. */
const MAX_TEXT = 256;

/** What the string that is being read is. */
type Role = 'name' | 'contentType' | 'data' | 'other';

/**
 * Finds the content of a Binary in its JSON text, which comes in pieces of any size: a resource may be
 * hundreds of megabytes long, and nothing of it is held but a name or a media type. The text must be
 * valid JSON: the loader has seen to that.
 */
export class BinaryText {
  private depth = 0;
  private awaitsName = false;
  private name = '';
  private role: Role | undefined;
  /** The name or media type that is being read. */
  private text = '';
  /** An escape sequence that is not complete yet. */
  private escape: number[] = [];
  private readonly found = new Set<string>();

  constructor(private readonly receiver: BinaryTextReceiver) {}

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.role === undefined ? this.structure(chunk, at) : this.string(chunk, at);
    }
  }

  /** One character outside of strings. @returns where to go on */
  private structure(chunk: Buffer, at: number): number {
    const character = chunk[at] ?? 0;
    if (character === QUOTE) this.begin();
    else if (OPENING.has(character)) this.depth += 1;
    else if (CLOSING.has(character)) this.depth -= 1;
    if (this.depth === 1 && (OPENING.has(character) || character === COMMA)) this.awaitsName = true;
    if (character === COLON) this.awaitsName = false;
    return at + 1;
  }

  private begin(): void {
    this.text = '';
    this.role = this.roleOfNext();
  }

  private roleOfNext(): Role {
    if (this.depth !== 1) return 'other';
    if (this.awaitsName) return 'name';
    const { name } = this;
    // The first of several counts: two that are read one after the other would be neither.
    if ((name !== 'data' && name !== 'contentType') || this.found.has(name)) return 'other';
    this.found.add(name);
    return name;
  }

  /** Characters of a string up to its end, an escape, or the end of the chunk. */
  private string(chunk: Buffer, at: number): number {
    if (this.escape.length > 0 || chunk[at] === BACKSLASH) return this.escaped(chunk, at);
    const quote = chunk.indexOf(QUOTE, at);
    const rest = chunk.subarray(at, quote < 0 ? chunk.length : quote);
    const backslash = rest.indexOf(BACKSLASH);
    const piece = backslash < 0 ? rest : rest.subarray(0, backslash);
    if (piece.length > 0) this.take(piece);
    if (backslash >= 0) return at + backslash;
    if (quote >= 0) this.endString();
    return at + rest.length + (quote < 0 ? 0 : 1);
  }

  private escaped(chunk: Buffer, at: number): number {
    this.escape.push(chunk[at] ?? 0);
    const complete = this.escape[1] === UNICODE_ESCAPE ? 6 : 2;
    if (this.escape.length === complete) {
      const sequence = Buffer.from(this.escape).toString('latin1');
      this.escape = [];
      this.take(Buffer.from(String(JSON.parse(`"${sequence}"`))));
    }
    return at + 1;
  }

  private take(piece: Buffer): void {
    if (this.role === 'data') this.receiver.data(piece);
    else if (this.role !== 'other' && this.text.length < MAX_TEXT) {
      this.text += piece.toString('latin1', 0, MAX_TEXT);
    }
  }

  private endString(): void {
    if (this.role === 'name') this.name = this.text;
    if (this.role === 'contentType') this.receiver.contentType(this.text);
    this.role = undefined;
  }
}
