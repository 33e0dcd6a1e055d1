import { keptMembers, type ResourceType } from '@app/fhir';

import { literal } from '../database';

const SUBSETTED =
  '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}';

/**
 * `text`, an SQL expression of a line of a type, with the root elements that were asked for, the
 * mandatory ones and the modifiers (PR-40 to PR-47), and the tag SUBSETTED.
 *
 * PostgreSQL's json, unlike jsonb, gives the members of an object as they are written: every value
 * keeps its bytes, decimals and escapes included, and members keep their order. A line without
 * content stays one, so that it is noticed.
 *
 * @param asked names of root elements; undefined: the line stays as it is
 */
export function withElements(
  text: string,
  type: ResourceType,
  asked: readonly string[] | undefined,
): string {
  if (asked === undefined) return text;
  const kept = keptMembers(type, asked).map(literal).join(', ');
  return `
    case when ${text} = '' then ${text}
         when strpos(${text}, '\\u') = 0 then ${trimmed(text, kept)}
         else ${unmasked(trimmed(masked(text), kept))} end`;
}

/** One pass over the members at the root; a resource without `meta` gets one for its tag. */
function trimmed(text: string, kept: string): string {
  return `(
    select concat('{', string_agg(${member(`case when e.key = 'meta' then ${tagged('e.value')} else e.value::text end`)}, ',' order by e.place),
                  case when bool_or(e.key = 'meta') then '' else ${literal(`,"meta":{"tag":[${SUBSETTED}]}`)} end, '}')
    from json_each((${text})::json) with ordinality e (key, value, place)
    where e.key in (${kept}))`;
}

/**
 * `meta` with the tag behind those that are there, once. Without the profiles: they may require what was cut,
 * and R4 itself goes without saying.
 */
function tagged(meta: string): string {
  return `(
    select concat('{', string_agg(${member(`case when m.key = 'tag' then ${withTag('m.value')} else m.value::text end`, 'm')}, ',' order by m.place),
                  case when count(*) = 0 then '' when bool_or(m.key = 'tag') then '' else ',' end,
                  case when bool_or(m.key = 'tag') then '' else ${literal(`"tag":[${SUBSETTED}]`)} end, '}')
    from json_each(${meta}) with ordinality m (key, value, place)
    where m.key not in ('profile', '_profile'))`;
}

function withTag(tags: string): string {
  const others = `nullif(btrim(substr(btrim(${tags}::text), 2, length(btrim(${tags}::text)) - 2), E' \\t'), '')`;
  return `
    case when json_typeof(${tags}) <> 'array' then ${literal(`[${SUBSETTED}]`)}
         when exists (select from json_array_elements(${tags}) t
                      where json_typeof(t) = 'object' and t ->> 'code' = 'SUBSETTED'
                        and t ->> 'system' = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue') then ${tags}::text
         else concat('[', ${others} || ',', ${literal(`${SUBSETTED}]`)}) end`;
}

function member(value: string, alias = 'e'): string {
  return `concat(to_json(${alias}.key)::text, ':', ${value})`;
}

/**
 * PostgreSQL reads the escapes of every string while it looks for members, and fails on those that
 * are legal JSON but no text to it, such as \u0000 or half of a surrogate pair. So lines that hold
 * such escapes are read with all of them hidden behind a character of Unicode that is none, and
 * which is itself hidden where it occurs.
 */
const HIDING = String.fromCodePoint(0xfdd0);
const HIDDEN = [
  [HIDING, `${HIDING}a`],
  ['\\\\', `${HIDING}b`],
  ['\\u', `${HIDING}c`],
] as const;

function masked(text: string): string {
  return HIDDEN.reduce(
    (sql, [plain, hidden]) => `replace(${sql}, ${exactly(plain)}, ${exactly(hidden)})`,
    text,
  );
}

function unmasked(text: string): string {
  return HIDDEN.reduceRight(
    (sql, [plain, hidden]) => `replace(${sql}, ${exactly(hidden)}, ${exactly(plain)})`,
    text,
  );
}

/** A literal in which a backslash stands for itself. */
function exactly(text: string): string {
  return `'${text}'`;
}
