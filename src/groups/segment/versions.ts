import { existsAt } from '../../clinical-data';
import type { Bind } from '../search/condition';

/** What a segment is evaluated for. */
export interface EvaluationScope {
  readonly bind: Bind;
  /** Placeholder of the instant. */
  readonly at: string;
  /** SQL of the patients who are asked about, to stand in `in (…)`; undefined for all. */
  readonly among: string | undefined;
}

/**
 * The versions of a type that were the latest at the instant, as rows `v` (id, patient_id) with their
 * JSON `j`.
 *
 * Parsing is most of the work. `offset 0` keeps PostgreSQL from doing it once for each use of `j`, and
 * resources without any of the texts `mention` are not parsed at all.
 */
export function versions(
  type: RecordType,
  scope: EvaluationScope,
  mention: readonly string[] = [],
): string {
  const { at, among } = scope;
  const owner = type === 'Patient' ? 'id' : 'patient_id';
  const only =
    among === undefined || type === 'PractitionerRole' ? '' : ` and ${owner} in (${among})`;
  return `(
      select id, ${owner} as patient_id, content from clinical.version of_type
      where type = '${type}' and ${existsAt('of_type', `${at}::timestamptz`)}${only}${mentions(mention, scope)}
    ) v cross join lateral (select ${JSON_OF_CONTENT} as j offset 0) parsed`;
}

/** More take longer to look for than the JSON takes to parse. */
const MANY_TEXTS = 20;

/** JSON may spell a character in several ways, but no other than as it is without a backslash. */
function mentions(texts: readonly string[], { bind }: EvaluationScope): string {
  if (texts.length === 0 || texts.length > MANY_TEXTS) return '';
  const found = texts.map((text) => `strpos(content, ${bind(text)}) > 0`);
  return String.raw` and (${found.join(' or ')} or strpos(content, '\') > 0)`;
}

export type RecordType = 'Patient' | 'Condition' | 'Encounter' | 'CareTeam' | 'PractitionerRole';

/**
 * FHIR's JSON may hold escapes that jsonb refuses, NUL and half surrogate pairs: one such text would
 * make every segment fail. They are left out. The first alternative steps over other escapes, so that
 * an escaped backslash before a "u" is not taken for one.
 */
const JSON_OF_CONTENT = String.raw`(
      case when strpos(v.content, '\u') = 0 then v.content
           else regexp_replace(v.content, '(\\[^u])|\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\1', 'g')
      end)::jsonb`;
