import type { ReadPlan } from './resource-extractor';

/** Of fewer patients than that, what each has is looked up: the rest of the store must not cost anything. */
const FEW = 0.05;
/** Of more patients than that, what the store has is gone through: nearly all of it is theirs. */
const MOST = 0.8;

/** True when the cohort is small beside the store. */
export function isSmallCohort({ storeShare }: ReadPlan): boolean {
  return storeShare !== undefined && storeShare < FEW;
}

/** True when the cohort is nearly everybody. */
export function isNearlyEveryone({ storeShare }: ReadPlan): boolean {
  return storeShare !== undefined && storeShare > MOST;
}
