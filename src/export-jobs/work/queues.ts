/** Bull queues; a job in them carries the id of a record and nothing else. */
export const PLANNING_QUEUE = 'export-planning';
export const PARTS_QUEUE = 'export-parts';

export interface Bell {
  /** Id of a job (planning) or of a part. */
  readonly id: string;
}
