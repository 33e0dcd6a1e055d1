/** Whom a roster names: a Patient by id, or whoever has an identifier. */
export interface RosterEntry {
  /** Empty where the value is the id of a Patient. */
  readonly system: string;
  readonly value: string;
  readonly inactive?: boolean | undefined;
  /** Instants; both belong to the period. */
  readonly periodStart?: string | undefined;
  readonly periodEnd?: string | undefined;
}

/** The system of entries that name a Patient by id. */
export const BY_ID = '';
