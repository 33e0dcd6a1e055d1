import { createHash } from 'node:crypto';

import type { ResourceType } from '@app/fhir';

import { withAbsoluteUrls } from '../extractors';

/** How a stored resource becomes an exported line: SQL, and a key that changes when it does. */
export interface LineForm {
  readonly sql: string;
  readonly key: string;
}

export function lineForm(type: ResourceType, fhirBase: string): LineForm {
  const sql = withAbsoluteUrls('v.content', type, fhirBase);
  return { sql, key: createHash('sha256').update(sql).digest('hex').slice(0, 16) };
}
