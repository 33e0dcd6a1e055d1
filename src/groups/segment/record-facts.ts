import type { Code, EncounterStart, PractitionerTie, RecordCriterion } from './criteria';
import { type EvaluationScope, type RecordType, versions } from './versions';

/**
 * SELECTs of `patient_id, certain`: the patients of whom a criterion is true, and with `certain` false
 * those of whom it may be. A patient may come more than once.
 */
export function recordFacts(criterion: RecordCriterion, scope: EvaluationScope): readonly string[] {
  switch (criterion.kind) {
    case 'condition':
      return [conditions(criterion.codes, criterion.clinicalStatus, scope)];
    case 'encounter':
      return [encounters(criterion.from, scope)];
    case 'practitioner':
      return criterion.as.map((tie) => tied(tie, criterion.reference, scope));
  }
}

/** A diagnosis that was withdrawn (entered-in-error, refuted) is none. */
function conditions(
  codes: readonly Code[],
  statuses: readonly string[] | undefined,
  scope: EvaluationScope,
): string {
  const status =
    statuses === undefined
      ? ''
      : ` and ${hasCoding(
          'clinicalStatus',
          statuses.map((code) => ({ code })),
          scope,
        )}`;
  const withdrawn = hasCoding(
    'verificationStatus',
    [{ code: 'entered-in-error' }, { code: 'refuted' }],
    scope,
  );
  return `
    select v.patient_id, true as certain from ${versions('Condition', scope, distinct(codes))}
    where ${hasCoding('code', codes, scope)}${status} and not coalesce(${withdrawn}, false)`;
}

function distinct(codes: readonly Code[]): readonly string[] {
  return [...new Set(codes.map(({ code }) => code))];
}

/** Whether a CodeableConcept has one of the codings, which may say more than is asked. */
function hasCoding(
  element: 'code' | 'clinicalStatus' | 'verificationStatus',
  codings: readonly object[],
  { bind }: EvaluationScope,
): string {
  const wanted = bind(codings.map((coding) => JSON.stringify([coding])));
  return `(j->'${element}'->'coding') @> any(${wanted}::jsonb[])`;
}

/**
 * Encounters that took place: by `period.start`, which must not lie after the instant of evaluation.
 * Where only a month or a year is known, or nothing at all, it is certain when every moment that it
 * may have been is late enough.
 */
function encounters(from: EncounterStart, scope: EvaluationScope): string {
  const { at, bind } = scope;
  const bound =
    'since' in from
      ? `${bind(from.since)}::timestamptz`
      : `${at}::timestamptz - make_interval(hours => 24 * ${bind(from.withinDays)}::int)`;
  return `
    select v.patient_id, coalesce(span.earliest >= ${bound}, false) as certain
    from ${versions('Encounter', scope)}
    cross join lateral (select ${EARLIEST} as earliest, ${LATEST} as latest offset 0) span
    where ${HAPPENED}
      and coalesce(span.earliest <= ${at}::timestamptz and span.latest >= ${bound}, true)`;
}

/**
 * SQL of the next instant at which time alone may change whether an encounter satisfies one of some
 * criteria: it begins, or leaves the days that are looked back on. Null when there is none.
 */
export function nextEncounterChange(
  starts: readonly EncounterStart[],
  scope: EvaluationScope,
): string {
  const windows = starts.flatMap((from) => ('since' in from ? [] : [from.withinDays]));
  const ends = [...new Set(windows)].flatMap((days) => {
    const window = `make_interval(hours => 24 * ${scope.bind(days)}::int)`;
    return [`span.earliest + ${window}`, `span.latest + ${window}`];
  });
  return `(
    select min(change) from ${versions('Encounter', scope)}
    cross join lateral (select ${EARLIEST} as earliest, ${LATEST} as latest offset 0) span
    cross join lateral unnest(array[${['span.earliest', 'span.latest', ...ends].join(', ')}]) change
    where ${HAPPENED} and change >= ${scope.at}::timestamptz)`;
}

const HAPPENED = `coalesce(j->>'status', '') not in ('planned', 'cancelled', 'entered-in-error')`;

/** A FHIR dateTime of a year from 1000 on, in ranges that the casts below accept without fail. */
const DATE_TIME = String.raw`'^[1-9]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?(Z|[+-](0\d|1[0-4]):[0-5]\d))?)?)?$'`;
const START = `(j->'period'->>'start')`;
/** The 31st of a month that has none is the first of the next: a cast would fail. */
const DAY = `to_char((left(${START}, 7) || '-01')::date + (substr(${START}, 9, 2)::int - 1), 'YYYY-MM-DD')`;

const EARLIEST = `
    case when ${START} !~ ${DATE_TIME} then null
         when length(${START}) = 4 then (${START} || '-01-01T00:00:00Z')::timestamptz
         when length(${START}) = 7 then (${START} || '-01T00:00:00Z')::timestamptz
         when length(${START}) = 10 then (${DAY} || 'T00:00:00Z')::timestamptz
         else (${DAY} || substr(${START}, 11))::timestamptz end`;

const LATEST = `
    case when ${START} !~ ${DATE_TIME} then null
         when length(${START}) = 4 then (${START} || '-12-31T23:59:59.999999Z')::timestamptz
         when length(${START}) = 7
           then (((${START} || '-01')::date + interval '1 month') at time zone 'UTC') - interval '1 microsecond'
         when length(${START}) = 10 then (${DAY} || 'T23:59:59.999999Z')::timestamptz
         else (${DAY} || substr(${START}, 11))::timestamptz end`;

interface Tie {
  readonly type: RecordType;
  /** Where the references are. */
  readonly path: string;
  readonly where: string;
}

const TIES: Readonly<Record<PractitionerTie, Tie>> = {
  encounter: {
    type: 'Encounter',
    path: '$.participant[*].individual.reference',
    where: HAPPENED,
  },
  'general-practitioner': {
    type: 'Patient',
    path: '$.generalPractitioner[*].reference',
    where: 'true',
  },
  'care-team': {
    type: 'CareTeam',
    path: '$.participant[*].member.reference',
    where: `coalesce(j->>'status', '') <> 'entered-in-error'`,
  },
};

/** A practitioner is meant as well where one of their roles is named. */
function tied(tie: PractitionerTie, reference: string, scope: EvaluationScope): string {
  const { type, path, where } = TIES[tie];
  const name = scope.bind(reference);
  return `
    select v.patient_id, true as certain from ${versions(type, scope)}
    where ${where} and exists (
      select from jsonb_path_query(j, '${path}') named
      where regexp_replace(named #>> '{}', '/_history/.*$', '') = any(array(
        select ${name}::text
        union all
        select 'PractitionerRole/' || v.id from ${versions('PractitionerRole', scope)}
        where regexp_replace(j->'practitioner'->>'reference', '/_history/.*$', '') = ${name})))`;
}
