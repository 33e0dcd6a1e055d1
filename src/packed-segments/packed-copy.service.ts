import { Inject, Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';
import { type FileLimits, type GzipFiles, NO_LIMITS } from '@app/ndjson';

import { type ClinicalSnapshot, ClinicalSource } from '../clinical-data';
import { type Config, CONFIG } from '../config';
import {
  type ExportScope,
  Extraction,
  ExtractorRegistry,
  type PackedShare,
  type Portion,
} from '../extractors';
import { chooseMembers, type ChosenMember, WITHOUT_GUESSES } from './choose-members';
import { piecesOf, selectPieces } from './copy-pieces';
import { isPacking } from './is-packing';
import { lineForm } from './line-form';
import { PackingMetrics } from './packing-metrics';

/** A piece is given to a file as a whole: smaller than this part of what a file may hold. */
const PIECES_IN_FILE = 64;
const PIECE_BYTES = 2 << 20;
/** Looking up one patient costs about as much as reading so many rows in passing. */
const LOOK_UP_ROWS = 8;

type PackablePortion = Extract<Portion, { readonly kind: 'resources' }>;

/** Where members and lines go. */
export interface PackedOutput {
  readonly files: GzipFiles;
  readonly limits: FileLimits;
}

/** Copies parts of exports from packed members and, for the rest, from rows. */
@Injectable()
export class PackedCopy {
  // Nest asks for every dependency in the constructor.

  constructor(
    private readonly source: ClinicalSource,
    private readonly registry: ExtractorRegistry,
    private readonly extraction: Extraction,
    private readonly metrics: PackingMetrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** True when members may be of use: whole resources, all of them, in gzip files. */
  applies(portion: Portion, scope: ExportScope): portion is PackablePortion {
    if (!isPacking(this.config) || portion.kind !== 'resources') return false;
    const extractor = this.registry.get(portion.type);
    const suits = extractor.takesPacked?.(scope) ?? true;
    return extractor.packable === true && suits && isWhole(scope);
  }

  /**
   * Copies the resources of `scope` to `files`, which stay unfinished: the same lines that Extraction
   * would give, in another order. What is copied and what is left to rows is decided and read in one
   * snapshot.
   *
   * @returns false when there is no member to copy: nothing was written
   */
  copy(
    portion: PackablePortion,
    scope: ExportScope,
    { files, limits }: PackedOutput,
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.source.inSnapshot(async (snapshot) => {
      const members = await this.choose(snapshot, portion, scope, limits);
      if (members.length === 0) return false;
      await this.copyMembers(snapshot, members, { files, limits });
      const lines = this.extraction.lines(portion, { ...scope, packed: shareOf(members) });
      await snapshot.copy({ ...lines, files: files.lines(), limits: files.blocks });
      return true;
    }, signal);
  }

  /** True when all of a type has been packed: what a part takes of it is then copied for the most part. */
  async isPacked(type: ResourceType): Promise<boolean> {
    const [row] = await this.source.query<{ packed: boolean }>(
      `select coalesce(bool_and(s.built_at is not null), false) as packed
       from clinical.packed_segment s where s.type = $1`,
      [type],
    );
    return row?.packed === true;
  }

  private async choose(
    snapshot: ClinicalSnapshot,
    { type }: PackablePortion,
    scope: ExportScope,
    limits: FileLimits,
  ): Promise<readonly ChosenMember[]> {
    const form = lineForm(type, this.config.http.fhirBase).key;
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

/** What a scope may say for members, which hold all of everything, to suit it: nothing that narrows it. */
const WHOLE: ReadonlySet<string> = new Set<keyof ExportScope>([
  'cohort',
  'plan',
  'level',
  'transactionTime',
  'provenanceOf',
  'provenance',
  'filtersOf',
]);

/** Of whatever else narrows a scope, now or in times to come, nothing is known here. */
function isWhole(scope: ExportScope): boolean {
  return Object.entries(scope).every(
    ([name, value]) => value === undefined || value === false || WHOLE.has(name),
  );
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
