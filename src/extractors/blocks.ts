import type { ResourceType } from '@app/fhir';

import { literal } from '../database';

/** How the header of a block begins, and no line of a resource that is exported. */
export const BLOCK_HEADER = '{"resourceType":"Parameters","parameter":[{"name":"header",';

/** The lines of one type with the patients in whose blocks they belong. */
export interface BlockLines {
  readonly type: ResourceType;
  /** SQL of `patient_id, id, content`. */
  readonly select: string;
}

/**
 * SQL of the lines of blocks, one a patient (PR-90, FO-03): a header, the Patient, then everything of
 * theirs. A header comes in one row with the first line of its block, so that a patient of whom there
 * is nothing to give has no block, and rows are resources. Sorted by patient: PostgreSQL sorts on disk
 * what does not fit into its memory, and our memory does not grow.
 *
 * @param onlyReadable leave out lines without content
 */
export function blocks(types: readonly BlockLines[], onlyReadable: boolean): string {
  const lines = types.map(
    ({ type, select }) =>
      `select l.*, ${type === 'Patient' ? 0 : 1} as rank, ${literal(type)}::text from (${select}) l`,
  );
  const readable = onlyReadable ? `where b.content <> ''` : '';
  return `
    select case when row_number() over block = 1 then ${HEADER} else '' end || nullif(b.content, '')
    from (${lines.join('\nunion all\n') || NOTHING}) b (patient_id, id, content, rank, type)
    ${readable}
    window block as (partition by b.patient_id order by b.rank, b.type, b.id)
    order by b.patient_id, b.rank, b.type, b.id`;
}

/** FO-04. The line break is the only one in a row. */
const HEADER = `concat(${literal(`${BLOCK_HEADER}"valueReference":{"reference":`)},
      to_json('Patient/' || b.patient_id), ${literal('}}]}')}, E'\\n')`;

const NOTHING = `select null::text, null::text, null::text, 0, null::text where false`;
