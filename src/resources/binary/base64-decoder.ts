/** Decodes base64 that comes in pieces; what is not of its alphabet, such as line ends, is skipped. */
export class Base64Decoder {
  /** Up to three characters that wait for the fourth. */
  private rest = '';

  /** @returns the bytes that are complete with this piece */
  decode(piece: Buffer): Buffer {
    const text = this.rest + piece.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '');
    const whole = text.length - (text.length % 4);
    this.rest = text.slice(whole);
    return Buffer.from(text.slice(0, whole), 'base64');
  }

  /** The last bytes, of a text without padding. */
  end(): Buffer {
    return Buffer.from(this.rest, 'base64');
  }
}
