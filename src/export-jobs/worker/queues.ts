/** Bull queues. An entry says no more than that there is work: which, PostgreSQL decides. */
export const PLANNING_QUEUE = 'export-planning';
export const PARTS_QUEUE = 'export-parts';
