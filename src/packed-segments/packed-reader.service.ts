import { Inject, Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';
import { type FileLimits, GzipFiles, NO_LIMITS } from '@app/ndjson';

import { type ClinicalSnapshot, ClinicalSource } from '../clinical-data';
import type { TypeEstimate } from '../cohort';
import { type Config, CONFIG } from '../config';
import {
  type ExportScope,
  Extraction,
  ExtractorRegistry,
  finishing,
  type PartFile,
  type PartOutput,
  type PartReader,
  type PartContent,
  RowReader,
} from '../extractors';
import { besideMembers } from './beside-members';
import { chooseMembers, type ChosenMember, WITHOUT_GUESSES } from './choose-members';
import { piecesOf, selectPieces } from './copy-pieces';
import { isPacking } from './is-packing';
import { lineForm } from './line-form';
import { suitsMembers } from './packable';
import type { PackedShare } from './packed-share';
import { PackingMetrics } from './packing-metrics';

/** A piece is given to a file as a whole: smaller than this part of what a file may hold. */
const PIECES_IN_FILE = 64;
const PIECE_BYTES = 2 << 20;
/** Looking up one patient costs about as much as reading so many rows in passing. */
const LOOK_UP_ROWS = 8;

/** What is known of Provenance's members is held in memory, some hundred bytes for each 32 kB. */
const MOST_PROVENANCE_BYTES = 2 ** 31;

/** Where members and lines go. */
interface PackedOutput {
  readonly files: GzipFiles;
  readonly limits: FileLimits;
}

/** Reads parts from packed members and, for the rest, from rows; where no member is of use, from rows alone. */
@Injectable()
export class PackedReader implements PartReader {
  constructor(
    private readonly source: ClinicalSource,
    private readonly registry: ExtractorRegistry,
    private readonly extraction: Extraction,
    private readonly rows: RowReader,
    private readonly metrics: PackingMetrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async read(
    content: PartContent,
    scope: ExportScope,
    output: PartOutput,
    signal: AbortSignal,
  ): Promise<readonly PartFile[]> {
    const packed = await this.readPacked(content, scope, output, signal);
    return packed ?? this.rows.read(content, scope, output, signal);
  }

  /**
   * Members of Provenance belong to no range of buckets, as those of other types do: where they suit the
   * export, one part gives all of it, and is faster than many that read rows; unless it is huge.
   */
  async prefersOnePart({ type, bytes }: TypeEstimate, scope: ExportScope): Promise<boolean> {
    if (type !== 'Provenance' || bytes > MOST_PROVENANCE_BYTES) return false;
    return this.applies(type, scope) && (await this.isPacked(type));
  }

  /**
   * The lines that rows would give, in another order. What is copied and what is left to rows is decided and
   * read in one snapshot.
   *
   * @returns undefined when there is no member to copy: nothing was written
   */
  private async readPacked(
    content: PartContent,
    scope: ExportScope,
    output: PartOutput,
    signal: AbortSignal,
  ): Promise<readonly PartFile[] | undefined> {
    if (output.onlyReadable || content.kind !== 'resources') return undefined;
    const { type } = content;
    if (!this.applies(type, scope)) return undefined;
    const { limits } = output;
    const name = (index: number): string => `.packed.${index}.ndjson.gz`;
    const files = new GzipFiles((index) => output.create(name(index)), limits);
    output.measure(() => files.bytes);
    return finishing(files, signal, async () => {
      if (!(await this.copy(type, scope, { files, limits }, signal))) return undefined;
      const finished = await files.finish();
      return finished.map((file) => ({ ...file, name: name(file.index), encoding: 'gzip' }));
    });
  }

  /** True when members may be of use: whole resources, all of them, in gzip files. */
  private applies(type: ResourceType, scope: ExportScope): boolean {
    return isPacking(this.config) && suitsMembers(type, scope, this.config.resourceTypes);
  }

  private copy(
    type: ResourceType,
    scope: ExportScope,
    { files, limits }: PackedOutput,
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.source.inSnapshot(async (snapshot) => {
      const members = await this.choose(snapshot, type, scope, limits);
      if (members.length === 0) return false;
      await this.copyMembers(snapshot, members, { files, limits });
      const rest = besideMembers(type, scope, shareOf(members), this.registry.get(type));
      const select = this.extraction.lines(type, rest);
      await snapshot.copy({ select, files: files.lines(), limits: files.blocks });
      return true;
    }, signal);
  }

  /** True when all of a type has been packed: what a part takes of it is then copied for the most part. */
  private async isPacked(type: ResourceType): Promise<boolean> {
    const [row] = await this.source.query<{ packed: boolean }>(
      `select coalesce(bool_and(s.built_at is not null), false) as packed
       from clinical.packed_segment s where s.type = $1`,
      [type],
    );
    return row?.packed === true;
  }

  private async choose(
    snapshot: ClinicalSnapshot,
    type: ResourceType,
    scope: ExportScope,
    limits: FileLimits,
  ): Promise<readonly ChosenMember[]> {
    const form = lineForm(type, this.config).key;
    await snapshot.query(WITHOUT_GUESSES.begin);
    const members = await snapshot.query<ChosenMember>(
      chooseMembers(type, scope, { form, maxLines: limits.maxLines }),
    );
    await snapshot.query(WITHOUT_GUESSES.end);
    return members;
  }

  private async copyMembers(
    snapshot: ClinicalSnapshot,
    members: readonly ChosenMember[],
    { files, limits }: PackedOutput,
  ): Promise<void> {
    const pieces = piecesOf(members, {
      lines: limits.maxLines / PIECES_IN_FILE,
      bytes: Math.min(PIECE_BYTES, limits.maxBytes / PIECES_IN_FILE),
    });
    const before = files.bytes;
    const select = selectPieces(pieces);
    await snapshot.copy({ select, files: files.members(pieces), limits: NO_LIMITS });
    const bytes = members.reduce((sum, member) => sum + member.bytes, 0);
    if (files.bytes - before !== bytes) throw new Error('Packed members are missing.');
    this.metrics.copied(bytes);
  }
}

function shareOf(members: readonly ChosenMember[]): PackedShare {
  const patients = members.reduce((sum, member) => sum + member.patients, 0);
  const { share_patients: share, type_resources: rows } = members[0] ?? NOTHING;
  return {
    memberIds: members.map(({ id }) => id),
    oldest: members.map(({ as_of: asOf }) => asOf).reduce((a, b) => (a < b ? a : b)),
    few: (share - patients) * LOOK_UP_ROWS <= rows,
  };
}

const NOTHING = { share_patients: 0, type_resources: 0 };
