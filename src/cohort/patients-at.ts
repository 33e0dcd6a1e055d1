import { existsAt, validAt } from '../clinical-data';
import { time } from '../database';
import type { Query } from './freeze-cohort';

/**
 * Yields `patient_id`: every patient who exists at an instant. What is left of patients who were deleted, or
 * were never loaded, is nobody's.
 */
export function everyone(at: string): Query {
  return { sql: EVERYONE, parameters: [at] };
}

const EVERYONE = `
  select v.id as patient_id from clinical.version v
  where v.type = 'Patient' and ${existsAt('v', '$1::timestamptz')}`;

/**
 * SELECT of `patient_id`: every patient who was deleted between two instants, and is not there again. For
 * statements that take no parameters.
 */
export function deletedPatients(since: string, at: string): string {
  return `
    select v.id as patient_id from clinical.version v
    where v.type = 'Patient' and v.deleted and v.valid_from > ${time(since)} and ${validAt('v', time(at))}`;
}
