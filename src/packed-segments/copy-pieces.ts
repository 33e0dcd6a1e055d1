import type { MemberPiece } from '@app/ndjson';

import type { ChosenMember } from './choose-members';

/** Members that lie one behind the other in a segment, copied in one piece. */
export interface Piece extends MemberPiece {
  readonly segmentId: string;
  readonly start: number;
}

/** @param most what a piece holds at most, unless it is a single member */
export function piecesOf(
  members: readonly ChosenMember[],
  most: { readonly lines: number; readonly bytes: number },
): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const { segment_id: segmentId, start, length, resources: lines, bytes } of members) {
    if (length === 0) continue;
    const last = pieces.at(-1);
    const together = {
      lines: (last?.lines ?? 0) + lines,
      bytes: (last?.bytes ?? 0) + bytes,
    };
    const fits = together.lines <= most.lines && together.bytes <= most.bytes;
    if (last?.segmentId === segmentId && last.start + last.length === start && fits) {
      pieces[pieces.length - 1] = { ...last, length: last.length + length, ...together };
    } else {
      pieces.push({ segmentId, start, length, lines, bytes });
    }
  }
  return pieces;
}

/**
 * SQL of one bytea column: the pieces in their order. What is sorted are places, not contents: those
 * are fetched afterwards, slice by slice.
 */
export function selectPieces(pieces: readonly Piece[]): string {
  const list = (values: readonly (string | number)[]): string => `'{${values.join(',')}}'`;
  return `
    select substring(o.data from o.start + 1 for o.length)
    from (
      select s.data, u.start, u.length
      from unnest(${list(pieces.map((piece) => piece.segmentId))}::bigint[],
                  ${list(pieces.map((piece) => piece.start))}::integer[],
                  ${list(pieces.map((piece) => piece.length))}::integer[])
        with ordinality as u (segment_id, start, length, place)
      join clinical.packed_segment s on s.id = u.segment_id
      order by u.place
      offset 0) o`;
}
