import type { OutcomeIssue } from '@app/fhir';

/** What clients are told of exports that could not be planned. */
export const GROUP_GONE: OutcomeIssue = {
  severity: 'fatal',
  code: 'not-found',
  diagnostics: 'The group was removed before its export began.',
};

export const PLANNING_TOO_LONG: OutcomeIssue = {
  severity: 'fatal',
  code: 'too-costly',
  diagnostics:
    'To find the patients of the export took PostgreSQL longer than it may take. Export a smaller group, or ask the operator.',
};

// Not a code of the transient family: clients take those as "poll again" (ST-12).
export const PLANNING_FAILED: OutcomeIssue = {
  severity: 'fatal',
  code: 'processing',
  diagnostics: 'The export could not be planned. Start it again later, or ask the operator.',
};
