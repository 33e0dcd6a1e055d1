import { createHash } from 'node:crypto';

import type { ResourceType } from '@app/fhir';

import type { Config } from '../config';
import { withAbsoluteUrls } from '../extractors';
import { packedTargets } from './packable';

/** How a stored resource becomes an exported line: SQL, and a key that changes when it does. */
export interface LineForm {
  readonly sql: string;
  readonly key: string;
}

export function lineForm(
  type: ResourceType,
  { http, resourceTypes }: Pick<Config, 'http' | 'resourceTypes'>,
): LineForm {
  const sql = withAbsoluteUrls('v.content', type, http.fhirBase);
  // Which Provenance is about a patient depends on the types that are offered.
  const targets = type === 'Provenance' ? packedTargets(resourceTypes).join() : '';
  return { sql, key: createHash('sha256').update(sql).update(targets).digest('hex').slice(0, 16) };
}
