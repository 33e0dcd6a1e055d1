import { shown } from '@app/fhir';

import { invalidParameter } from '../common';
import { type ExportFilter, JOB_STATES, type JobState } from '../export-jobs';
import { readCount, readOne, type RequestQuery, requireNames } from './query';

const NAMES = ['state', 'app', 'group', 'before', 'count'] as const;

/** Reads which exports are asked for. @throws FhirError 400 that names the parameter and what is accepted */
export function readFilter(query: RequestQuery): ExportFilter {
  requireNames(query, NAMES, 'Exports are');
  return {
    states: readOne(query, 'state')?.split(',').map(state),
    app: readOne(query, 'app'),
    group: readOne(query, 'group'),
    before: readOne(query, 'before'),
    count: readCount(query),
  };
}

function state(text: string): JobState {
  const known = JOB_STATES.find((candidate) => candidate === text);
  if (known) return known;
  throw invalidParameter(
    'state',
    `"${shown(text, 40)}" is no state. States are ${JOB_STATES.join(', ')}; several are parted by commas.`,
  );
}
