import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Letters with two cases that no decomposition parts from a mark: of the Latin, Greek, Cyrillic and
 * Armenian scripts. lower() of PostgreSQL knows them in some locales only; a search must not depend on
 * where the database was made.
 */
const CAPITALS =
  'ÆÐØÞĐĦŁŊŒŦƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǤǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜ' +
  'ΝΞΟΠΡΣΤΥΦΧΨΩϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲ' +
  'ѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸ' +
  'ԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖẞς';

const SMALL =
  'æðøþđħłŋœŧɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǥƕƿȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳαβγδεζηθικλμ' +
  'νξοπρστυφχψωϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳ' +
  'ѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէը' +
  'թժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆßσ';

/** A text with small letters and in decomposed form, in every locale. */
const LOWER = `
  create function fhir_search.lower(x text) returns text
  language sql immutable parallel safe as $$
    select case when octet_length(x) = char_length(x) then lower(x collate "C")
      else translate(lower(normalize(x, nfkd) collate "C"), '${CAPITALS}', '${SMALL}') end
  $$`;

/** What is compared of a string: no case, marks, punctuation, and one space for several (R4 search, string). */
const FOLD = `
  create function fhir_search.fold(x text) returns text
  language plpgsql immutable strict parallel safe as $$
  declare
    t text := fhir_search.lower(x);
  begin
    if octet_length(t) <> char_length(t) then
      t := regexp_replace(t, '[\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\u00a1\\u00a7\\u00ab\\u00b6\\u00b7\\u00bb\\u00bf\\u2010-\\u2027\\u2030-\\u205e]+', '', 'g');
    end if;
    t := regexp_replace(t, '[!-/:-@[-\`{-~]+', '', 'g');
    return btrim(regexp_replace(t, '[ \\t\\n\\r\\f\\v]+', ' ', 'g'));
  end
  $$`;

/**
 * JSON text as jsonb, which refuses the escapes of U+0000 and of lone surrogates: those become U+FFFD.
 * Double backslashes are spelled otherwise first, so that what looks like an escape is one.
 */
const JSON_OF = `
  create function fhir_search.clean_json(x text) returns jsonb
  language plpgsql immutable strict parallel safe as $$
  declare
    t text := replace(x, '\\\\', '\\u005c');
  begin
    t := replace(t, '\\u0000', '\\ufffd');
    t := regexp_replace(t, '\\\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\\\u[dD][c-fC-F])', '\\\\ufffd', 'g');
    t := regexp_replace(t, '(?<!\\\\u[dD][89abAB][0-9a-fA-F]{2})\\\\u[dD][c-fC-F][0-9a-fA-F]{2}', '\\\\ufffd', 'g');
    return t::jsonb;
  end
  $$;
  create function fhir_search.json_of(x text) returns jsonb
  language sql immutable parallel safe as $$
    select case when strpos(x, '\\u') = 0 then x::jsonb else fhir_search.clean_json(x) end
  $$`;

/**
 * All the time that a FHIR date, dateTime or instant means, in UTC; null when it is none. A time without
 * a zone is read in UTC, digits beyond microseconds are cut off.
 */
const TIME = `
  create function fhir_search.time(x text) returns tsrange
  language plpgsql immutable strict parallel safe as $$
  declare
    m text[] := regexp_match(x, '^(\\d{4})(?:-(\\d\\d)(?:-(\\d\\d)(?:T(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)?(Z|[+-](?:0\\d|1[0-3]):[0-5]\\d|[+-]14:00)?)?)?)?$');
    month timestamp;
    low timestamp;
  begin
    if m is null or m[1] = '0000' or coalesce(m[2], '01') not between '01' and '12' then
      return null;
    end if;
    month := make_timestamp(m[1]::int, coalesce(m[2], '01')::int, 1, 0, 0, 0);
    low := month + (coalesce(m[3], '01')::int - 1) * interval '1 day';
    if date_trunc('month', low) <> month
       or coalesce(m[4], '00') > '23' or coalesce(m[5], '00') > '59' or coalesce(m[6], '00') > '60' then
      return null;
    end if;
    low := low + make_interval(
      hours => coalesce(m[4], '0')::int, mins => coalesce(m[5], '0')::int,
      secs => (coalesce(m[6], '0') || '.' || left(coalesce(m[7], '0'), 6))::double precision);
    if m[8] <> 'Z' then
      low := low - (left(m[8], 1) || '1')::int
        * make_interval(hours => substr(m[8], 2, 2)::int, mins => right(m[8], 2)::int);
    end if;
    return tsrange(low, low + case
      when m[7] is not null then power(10, 6 - least(length(m[7]), 6)) * interval '1 microsecond'
      when m[6] is not null then interval '1 second'
      when m[4] is not null then interval '1 minute'
      when m[3] is not null then interval '1 day'
      when m[2] is not null then interval '1 month'
      else interval '1 year' end);
  end
  $$`;

/** The outer limits of a date, a Period or a Timing; null when there are none (R4 search, date). */
const SPAN = `
  create function fhir_search.period(x jsonb) returns tsrange
  language plpgsql immutable strict parallel safe as $$
  declare
    low timestamp := lower(fhir_search.time(x ->> 'start'));
    high timestamp := upper(fhir_search.time(x ->> 'end'));
  begin
    if coalesce(low, high) is null or low >= high
       or (x ? 'start' and low is null) or (x ? 'end' and high is null) then
      return null;
    end if;
    return tsrange(coalesce(low, '-infinity'), coalesce(high, 'infinity'));
  end
  $$;
  create function fhir_search.timing(x jsonb) returns tsrange
  language sql immutable strict parallel safe as $$
    select tsrange(min(lower(s.span)), max(upper(s.span)))
    from (
      select fhir_search.time(e #>> '{}') as span
      from jsonb_path_query(x, '$.event[*]', '{}', true) e
      union all
      select fhir_search.period(p) from jsonb_path_query(x, '$.repeat[*].boundsPeriod[*]', '{}', true) p
    ) s
    having min(lower(s.span)) is not null
  $$;
  create function fhir_search.span(x jsonb, is_point boolean) returns tsrange
  language plpgsql immutable strict parallel safe as $$
  declare
    low timestamp;
  begin
    if jsonb_typeof(x) = 'string' then
      if not is_point then
        return fhir_search.time(x #>> '{}');
      end if;
      low := lower(fhir_search.time(x #>> '{}'));
      return case when low is not null then tsrange(low, low + interval '1 microsecond') end;
    elsif jsonb_typeof(x) <> 'object' then
      return null;
    elsif x ? 'start' or x ? 'end' then
      return fhir_search.period(x);
    end if;
    return fhir_search.timing(x);
  end
  $$`;

/**
 * The numbers that a Quantity, a Range or SampledData may mean; null when there are none. Of
 * SampledData the lowest to the highest, each as origin + factor * number.
 */
const AMOUNT = `
  create function fhir_search.number(x jsonb) returns numeric
  language sql immutable parallel safe as $$
    select case when jsonb_typeof(x) = 'number' then x::numeric end
  $$;
  create function fhir_search.samples(x jsonb) returns numrange
  language sql immutable strict parallel safe as $$
    select numrange(min(s.value), max(s.value), '[]')
    from (
      select fhir_search.number(x #> '{origin,value}')
             + coalesce(fhir_search.number(x -> 'factor'), 1) * w::numeric as value
      from regexp_split_to_table(x ->> 'data', '\\s+') w
      where w ~ '^[+-]?\\d{1,40}(\\.\\d{1,40})?([eE][+-]?\\d{1,2})?$'
    ) s
    having min(s.value) is not null
  $$;
  create function fhir_search.amount(x jsonb) returns numrange
  language plpgsql immutable strict parallel safe as $$
  declare
    low numeric := fhir_search.number(x -> 'value');
    high numeric := fhir_search.number(x #> '{high,value}');
  begin
    if low is not null then
      return case x ->> 'comparator'
        when '<' then numrange(null, low, '()')
        when '<=' then numrange(null, low, '(]')
        when '>' then numrange(low, null, '()')
        when '>=' then numrange(low, null, '[)')
        else numrange(low, low, '[]') end;
    elsif x ? 'data' then
      return fhir_search.samples(x);
    end if;
    low := fhir_search.number(x #> '{low,value}');
    if coalesce(low, high) is null or low > high then
      return null;
    end if;
    return numrange(low, high, '[]');
  end
  $$`;

/**
 * Functions that searches are compiled to (libs/fhir-search). They touch no tables, so they serve
 * views and foreign tables as well, and none of them fails on values that R4 would not allow.
 */
export class FhirSearch1764100700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema fhir_search');
    for (const functions of [LOWER, FOLD, JSON_OF, TIME, SPAN, AMOUNT]) {
      await runner.query(functions);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema fhir_search cascade');
  }
}
