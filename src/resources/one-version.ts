import { Transform, type TransformCallback } from 'node:stream';

/** The version of a resource that was found first is not there any more. */
export class ReplacedVersionError extends Error {
  constructor() {
    super('The resource was replaced while it was being read.');
    this.name = 'ReplacedVersionError';
  }
}

/** Gives on the text of one version, and fails with ReplacedVersionError where there is none. */
export class OneVersion extends Transform {
  private begun = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.begun = true;
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    done(this.begun ? null : new ReplacedVersionError());
  }
}
