import { type Readable, Transform, type TransformCallback } from 'node:stream';

import { Injectable } from '@nestjs/common';

import type { AppPrincipal } from '../../auth';
import { ResourceReader } from '../resource-reader.service';
import { Base64Decoder } from './base64-decoder';
import { BinaryText } from './binary-text';

/** The present version of a Binary, its text yet to be read. */
export interface StoredBinary {
  readonly version: string;
  readonly lastUpdated: Date;
  /** A media type, perhaps with parameters. */
  readonly contentType: string;
  /** The resource as JSON. Fails, as does `content`, with ReplacedVersionError when this is not the present version. */
  resource(): Readable;
  /** The decoded bytes. */
  content(): Readable;
}

const UNKNOWN_CONTENT = 'application/octet-stream';
const MEDIA_TYPE =
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w.+-]+=[\w.+-]+|\s*;\s*[\w.+-]+="[\w.+ -]*")*$/;

/** Reads Binaries for those who may have them. Nothing here holds a large Binary in memory. */
@Injectable()
export class BinaryReader {
  constructor(private readonly resources: ResourceReader) {}

  /** As ResourceReader.find. */
  async find(id: string, app: AppPrincipal): Promise<StoredBinary | undefined> {
    const resource = await this.resources.find({ type: 'Binary', id }, app);
    if (!resource) return undefined;
    const { version, lastUpdated, beginning, text } = resource;
    // In R4's order it comes before the data, so mostly the beginning has it.
    const given = (await contentTypeIn([Buffer.from(beginning)])) ?? (await contentTypeIn(text()));
    return {
      ...{ version, lastUpdated },
      contentType: given !== undefined && MEDIA_TYPE.test(given) ? given : UNKNOWN_CONTENT,
      resource: text,
      content: () => decoded(text()),
    };
  }
}

async function contentTypeIn(
  text: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<string | undefined> {
  let found: string | undefined;
  const reader = new BinaryText({
    contentType: (value) => {
      found = value;
    },
    data: () => undefined,
  });
  for await (const chunk of text) {
    reader.push(chunk);
    if (found !== undefined) return found;
  }
  return undefined;
}

function decoded(text: Readable): Readable {
  const decoder = new Base64Decoder();
  const stream = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      try {
        reader.push(chunk);
        done();
      } catch (error) {
        // A text changed by hand may be no JSON. Node would not catch what is thrown here.
        done(error as Error);
      }
    },
    flush(done: TransformCallback) {
      done(null, decoder.end());
    },
  });
  const reader = new BinaryText({
    contentType: () => undefined,
    data: (piece) => stream.push(decoder.decode(piece)),
  });
  text.once('error', (error) => stream.destroy(error));
  stream.once('close', () => text.destroy());
  return text.pipe(stream);
}
