/** A version that a writer has committed, by the writer's own account. */
export interface Committed {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: string;
  readonly deleted: boolean;
  /** The patients whose compartment it is in, of a Patient itself. */
  readonly patients: readonly string[];
  /** `Practitioner/id` that it points at. */
  readonly links: readonly string[];
  /** `Type/id` that a Provenance is about. */
  readonly targets: readonly string[];
  readonly content: string;
}

/** Times at which a patient was in the group; `to` is undefined while they are. */
export interface Stay {
  readonly patient: string;
  readonly from: string;
  readonly to: string | undefined;
}

export const keyOf = ({ type, id }: Pick<Committed, 'type' | 'id'>): string => `${type}/${id}`;
