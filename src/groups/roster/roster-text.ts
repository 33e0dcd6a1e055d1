const UTC_MILLISECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** Tells the keeper of a roster that an entry stands for nobody: `unknown` or `ambiguous`. */
export const MEMBER_STATUS = 'urn:ehr-bulk-data:member-status';

/**
 * SQL that spells an entry as its keeper sees it, as JSON, keys in FHIR's order.
 *
 * @param entry alias of a row of groups.roster_entry
 * @param found alias of a row with `found` and `patient_id`
 */
export function entryText(entry: string, found: string): string {
  const bound = (column: string, name: string): string =>
    `'"${name}":"' || to_char(${entry}.${column} at time zone 'UTC', ${UTC_MILLISECONDS}) || '"'`;
  return `concat('{',
    case when ${found}.found <> 1 then concat('"extension":[{"url":"${MEMBER_STATUS}","valueCode":"',
      case ${found}.found when 0 then 'unknown' else 'ambiguous' end, '"}],') end,
    '"entity":{',
    case when ${entry}.system = '' then concat('"reference":"Patient/', ${entry}.value, '"')
      else concat(
        case when ${found}.found = 1 then concat('"reference":"Patient/', ${found}.patient_id, '",') end,
        '"identifier":{"system":', to_json(${entry}.system), ',"value":', to_json(${entry}.value), '}') end,
    '}',
    ',"period":{' || nullif(concat_ws(',', ${bound('period_start', 'start')}, ${bound('period_end', 'end')}), '') || '}',
    case when ${entry}.inactive then ',"inactive":true' end,
    '}')`;
}
