/** The packed members that an export copies as they are (docs/packed-segments.md). */
export interface PackedShare {
  /** Ids in clinical.packed_member; all of their patients are in the part's share of the cohort. */
  readonly memberIds: readonly string[];
  /** UTC instant: the earliest `as_of` among them. */
  readonly oldest: string;
  /** True when looking up each patient who is left costs less than reading the whole type. */
  readonly few: boolean;
}
