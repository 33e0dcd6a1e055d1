import { MEMBER_FILTER } from './filtered/member-filter';
import { type ShownElements, WHOLE_GROUP } from './search/shown-elements';

/**
 * SQL that spells a Group resource as JSON on one line, keys in FHIR's order. PostgreSQL writes the
 * text, so that a group of any size passes through without becoming objects here.
 *
 * A version of a group stands for the members of its instant: every change of members makes a new
 * version, so `added_at <= last_updated < removed_at` is the membership of version v, whenever read.
 */

const UTC_MILLISECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** SQL of an instant as FHIR spells it. */
export const instant = (column: string): string =>
  `to_char((${column}) at time zone 'UTC', ${UTC_MILLISECONDS})`;

const SUBSETTED =
  ',"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]';

interface HeadParts {
  readonly lastUpdated: string;
  readonly quantity: string;
  /** Not all members are named, which is told. */
  readonly isSubset?: boolean | undefined;
  /** All when left out. */
  readonly shown?: ShownElements | undefined;
  /** SQL of whether members are named; true when left out. */
  readonly actual?: string | undefined;
  /** SQL of the text of extensions, between the brackets. */
  readonly extension?: string | undefined;
}

/**
 * All elements before `member`, the object still open; concat skips what is null.
 *
 * @param version alias of a row of groups.group_version
 */
export function groupHead(version: string, parts: HeadParts): string {
  const { lastUpdated, quantity, isSubset, shown = WHOLE_GROUP, extension } = parts;
  const { actual = 'true' } = parts;
  const tag = isSubset || shown !== WHOLE_GROUP ? SUBSETTED : '';
  const ifShown = (element: HeadElement, text: string): string =>
    shown.has(element) ? `,\n    ${text}` : '';
  return `concat(
    '{"resourceType":"Group","id":"', ${version}.group_id,
    '","meta":{"versionId":"', ${version}.version,
    '","lastUpdated":"', ${instant(lastUpdated)}, '"${tag}}'${[
      extension === undefined ? '' : `,\n    ',"extension":[', ${extension}, ']'`,
      `, ${memberFilters(version)}`,
      ifShown('identifier', `',"identifier":' || nullif(${version}.identifiers::text, '[]')`),
      ifShown('active', `',"active":true'`),
      `, ',"type":"person","actual":', (${actual})::boolean::text`,
      ifShown('name', `',"name":', to_json(${version}.name)`),
      ifShown('quantity', `',"quantity":', (${quantity})`),
      ifShown(
        'characteristic',
        `',"characteristic":' || nullif(${version}.characteristics::text, '[]')`,
      ),
    ].join('')})`;
}

/** The searches by which members are found, as they were given; null for groups without. */
const memberFilters = (version: string): string => `(
    select ',"modifierExtension":[' || string_agg(concat('{"url":"${MEMBER_FILTER}","valueExpression":{',
      '"language":"application/x-fhir-query","expression":', to_json(f.expression), '}}'), ',' order by f.place) || ']'
    from jsonb_array_elements_text(${version}.criteria -> 'memberFilters') with ordinality f (expression, place))`;

type HeadElement = 'identifier' | 'active' | 'name' | 'quantity' | 'characteristic';

interface ListParts {
  readonly at: string;
  readonly among?: string | undefined;
  readonly shown?: ShownElements;
}

function listHead(version: string, { at, among, shown }: ListParts): string {
  const quantity = `
      select count(*) from groups.member m
      where m.group_id = ${version}.group_id
        and m.added_at <= ${version}.last_updated and m.removed_at > ${version}.last_updated
        and not m.inactive
        and coalesce(m.period_start <= ${at}, true) and coalesce(m.period_end >= ${at}, true)${isAmong(among)}`;
  const isSubset = among !== undefined;
  return groupHead(version, { lastUpdated: `${version}.last_updated`, quantity, isSubset, shown });
}

function isAmong(among: string | undefined): string {
  return among === undefined ? '' : ` and m.patient_id in (${among})`;
}

const MEMBER = `concat(
    '{"entity":{"reference":"Patient/', m.patient_id, '"}',
    ',"period":{' || nullif(concat_ws(',',
      '"start":"' || ${instant('m.period_start')} || '"',
      '"end":"' || ${instant('m.period_end')} || '"'), '') || '}',
    case when m.inactive then ',"inactive":true' end,
    '}')`;

/** `$1` group, `$2` now where `quantity` is shown. The present version: its instant, and its text up to the members. */
export const groupNow = (shown: ShownElements): string => `
  select v.version, v.last_updated::text as last_updated, ${listHead('v', { at: '$2::timestamptz', shown })} as text
  from groups.patient_group g
  join groups.group_version v on v.group_id = g.id and v.version = g.version
  where g.id = $1 and not g.deleted`;

/** `$1` group, `$2` a version's instant, `$3` the last patient id seen, `$4` how many to read. */
export const GROUP_MEMBERS = `
  select count(*)::int as count, coalesce(string_agg(text, ',' order by patient_id), '') as text,
         coalesce(max(patient_id), '') as last
  from (
    select m.patient_id, ${MEMBER} as text
    from groups.member m
    where m.group_id = $1 and m.added_at <= $2::timestamptz and m.removed_at > $2::timestamptz
      and m.patient_id > $3
    order by m.patient_id
    limit $4
  ) members`;

/**
 * `$1` group, `$2` instant. The whole resource as of the instant; no row when there was no group.
 *
 * @param among SQL of the only patients that it may name and count; all when left out
 */
export const groupAsOf = (among?: string): string => `
  select v.last_updated, concat(${listHead('v', { at: '$2::timestamptz', among })}, ',"member":[' || (
    select string_agg(${MEMBER}, ',' order by m.patient_id)
    from groups.member m
    where m.group_id = v.group_id
      and m.added_at <= v.last_updated and m.removed_at > v.last_updated${isAmong(among)}
  ) || ']', '}') as content
  from (
    select * from groups.group_version
    where group_id = $1 and last_updated <= $2::timestamptz
    order by version desc
    limit 1
  ) v
  where not v.deleted`;
