import { ACTIVE_JOB_STATES, sqlStates } from './job-states';

/** `since` is in the parameters, which TypeORM cannot look into. */
export const OLDEST_READ = `
  select min(least((j.parameters ->> 'since')::timestamptz, j.transaction_time))::text as oldest
  from export.job j where j.state in ${sqlStates(ACTIVE_JOB_STATES)}`;
