import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream';

import { Injectable } from '@nestjs/common';
import { escapeLiteral } from 'pg';

import type { AppPrincipal } from '../auth';
import { ClinicalSource } from '../clinical-data';
import { Clock } from '../common';
import { GroupDirectory } from '../groups';
import { Base64Decoder } from './base64-decoder';
import { BinaryText } from './binary-text';
import { OneVersion } from './one-version';

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

interface Head {
  readonly version: string;
  readonly last_updated: Date;
  readonly beginning: string;
}

/** Characters in which contentType mostly stands: in R4's order it comes before the data. */
const BEGINNING = 4096;
const UNKNOWN_CONTENT = 'application/octet-stream';
const MEDIA_TYPE =
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w.+-]+=[\w.+-]+|\s*;\s*[\w.+-]+="[\w.+ -]*")*$/;

/** Reads Binaries for those who may have them. Nothing here holds a Binary in memory. */
@Injectable()
export class BinaryReader {
  constructor(
    private readonly source: ClinicalSource,
    private readonly groups: GroupDirectory,
    private readonly clock: Clock,
  ) {}

  /**
   * The Binary when it belongs to a patient whom the app may export, or is in nobody's compartment and
   * such a patient's resources lead to it; undefined otherwise, whether it exists or not.
   *
   * @param id a FHIR id
   */
  async find(id: string, { licence }: AppPrincipal): Promise<StoredBinary | undefined> {
    const [head] = await this.source.query<Head>(HEAD, [id, BEGINNING]);
    if (!head) return undefined;
    const patients = patientsOf(id);
    const licensed = licence.allGroups
      ? await this.isAnybodys(patients)
      : await this.groups.haveMember(licence.groups, patients, this.clock.present().toISOString());
    return licensed ? this.stored(id, head) : undefined;
  }

  private async isAnybodys(patients: string): Promise<boolean> {
    const [row] = await this.source.query<{ found: boolean }>(
      `select exists (${patients}) as found`,
    );
    return row?.found ?? false;
  }

  private async stored(id: string, head: Head): Promise<StoredBinary> {
    const text = (): Readable =>
      pipeline(
        this.source.streamLines(textOf(id, head.version)),
        new OneVersion(),
        () => undefined,
      );
    const given =
      (await contentTypeIn([Buffer.from(head.beginning)])) ?? (await contentTypeIn(text()));
    return {
      version: head.version,
      lastUpdated: head.last_updated,
      contentType: given !== undefined && MEDIA_TYPE.test(given) ? given : UNKNOWN_CONTENT,
      resource: text,
      content: () => decoded(text()),
    };
  }
}

const HEAD = `
  select r.version, r.last_updated, left(r.content, $2) as beginning
  from clinical.resource r
  where r.type = 'Binary' and r.id = $1`;

/** One version, so that what is read is what was announced, or breaks off. */
function textOf(id: string, version: string): string {
  return `
    select r.content
    from clinical.resource r
    where r.type = 'Binary' and r.id = ${escapeLiteral(id)} and r.version = ${escapeLiteral(version)}`;
}

/** Whose it is, or else whose resources lead to it: what names its patient is nobody else's. */
function patientsOf(id: string): string {
  const own = `
    select r.patient_id from clinical.resource r
    where r.type = 'Binary' and r.id = ${escapeLiteral(id)}`;
  return `
    ${own} and r.patient_id is not null
    union all
    select l.patient_id from clinical.patient_link l
    where l.target_type = 'Binary' and l.target_id = ${escapeLiteral(id)}
      and exists (${own} and r.patient_id is null)`;
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
