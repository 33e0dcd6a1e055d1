import type { ExportScope } from './resource-extractor';

/** Of fewer patients than that, what each has is looked up: the rest of the store must not cost anything. */
const FEW = 0.05;
/** Of more patients than that, what the store has is gone through: nearly all of it is theirs. */
const MOST = 0.8;

/** True when the cohort is small beside the store. */
export function isOfFew({ cohortShare }: ExportScope): boolean {
  return cohortShare !== undefined && cohortShare < FEW;
}

/** True when the cohort is nearly everybody. */
export function isOfMost({ cohortShare }: ExportScope): boolean {
  return cohortShare !== undefined && cohortShare > MOST;
}
