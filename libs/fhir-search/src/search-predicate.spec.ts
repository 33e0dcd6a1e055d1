import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { searchParametersOf } from './search-parameter';
import { checkSearch, searchPredicate } from './search-predicate';
import { UnsupportedSearchError } from './search.errors';
import { SearchValues } from './values';

const VALUES = {
  token: 'a',
  date: '2020',
  string: 'a',
  reference: 'a',
  quantity: '1',
  number: '1',
  uri: 'urn:a',
  composite: '',
};
const COMPOSITE_VALUES = { ...VALUES, composite: 'no composite of composites' };
const CONTEXT = {
  fhirBase: 'https://ehr.example.org/fhir',
  now: '2026-01-01T00:00:00Z',
  keepsUnreadable: true,
  values: new SearchValues(),
};

function refusal(type: ResourceType, query: string): UnsupportedSearchError {
  try {
    checkSearch(type, query);
  } catch (error) {
    if (error instanceof UnsupportedSearchError) return error;
    throw error;
  }
  throw new Error(`${query} was not refused.`);
}

describe(checkSearch.name, () => {
  it.each(RESOURCE_TYPES)('compiles every parameter of %s', (type) => {
    for (const { name, kind, components, places } of searchParametersOf(type).values()) {
      const isFlag = places.every((place) => ['boolean', 'presence'].includes(place.type));
      const value = components.map((one) => COMPOSITE_VALUES[one.kind]).join('$') || VALUES[kind];

      expect(() => {
        checkSearch(type, `${name}=${isFlag ? 'true' : value}`);
      }).not.toThrow();
    }
  });

  it.each<[ResourceType, string]>([
    ['MedicationRequest', 'status=active'],
    ['MedicationRequest', 'status=active,completed&authoredon=ge2020-01-01'],
    [
      'Observation',
      'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
    ],
    ['Observation', 'code=http%3A%2F%2Floinc.org%7C1234-5,|x,http://loinc.org|'],
    ['Observation', 'code-value-quantity=8480-6$gt140'],
    ['Observation', 'date=2020-01-01T10:00:00+02:00'],
    ['Observation', 'date=2020-01-01T10:00:00%2B02:00'],
    ['Observation', 'date=2020-01-01T10:00:00 02:00'],
    ['Observation', 'subject:Patient=1&subject=Patient/1&patient=1'],
    ['Observation', 'focus:ImagingStudy=1'],
    ['Observation', 'subject:identifier=http://mrn|1'],
    ['Observation', 'value-quantity=5.4||mg,1e2|http://unitsofmeasure.org|mg'],
    ['Patient', 'name:exact=Eve&name:contains=v&birthdate:missing=true&gender:not=male'],
    ['Patient', '_id=a,b&_lastUpdated=ge2020&_tag=a&_profile=http://p&_security=R&_source=urn:s'],
  ])('takes %s?%s (PR-70, PR-72)', (type, query) => {
    expect(() => {
      checkSearch(type, query);
    }).not.toThrow();
  });

  it.each<[string, ResourceType, string, readonly [code: string, accepted: string]]>([
    ['no parameter', 'Patient', '', ['invalid', '_id']],
    ['an unknown parameter', 'Patient', 'color=red', ['not-supported', 'birthdate']],
    ['a parameter of another type', 'Patient', 'status=active', ['not-supported', 'birthdate']],
    [
      'a result parameter (PR-77)',
      'Patient',
      '_sort=name',
      ['not-supported', '"_sort" shapes results'],
    ],
    [
      'a result parameter beside a good one (PR-77)',
      'Patient',
      '_id=1&_count=5',
      ['not-supported', '_count'],
    ],
    ['a chain (PR-79)', 'Observation', 'subject.name=x', ['not-supported', 'hained']],
    ['a typed chain (PR-79)', 'Observation', 'subject:Patient.name=x', ['not-supported', 'hained']],
    ['_has', 'Patient', '_has:Observation:patient:code=1', ['not-supported', '_id']],
    ['_filter', 'Patient', '_filter=name eq x', ['not-supported', '_id']],
    ['_text', 'Patient', '_text=x', ['not-supported', '_id']],
    ['_content', 'Patient', '_content=x', ['not-supported', '_id']],
    ['_list', 'Patient', '_list=42', ['not-supported', '_id']],
    ['near', 'Location', 'near=1|2|3', ['not-supported', 'address']],
    [
      'a modifier that is not evaluated',
      'Observation',
      'code:in=http://v',
      ['not-supported', ':not'],
    ],
    ['an empty modifier', 'Observation', 'code:=x', ['not-supported', ':not']],
    [
      'a modifier of another kind',
      'Patient',
      'gender:exact=male',
      ['not-supported', ':not, :missing'],
    ],
    [
      'a type that a reference cannot have',
      'Observation',
      'subject:Encounter=1',
      ['not-supported', 'Patient'],
    ],
    [
      'an identifier of a canonical',
      'Procedure',
      'instantiates-canonical:identifier=1',
      ['not-supported', ':missing'],
    ],
    [
      'a modifier of a composite',
      'Observation',
      'code-value-quantity:missing=true',
      ['not-supported', 'no modifier'],
    ],
    ['no value', 'Observation', 'status', ['invalid', 'name=value']],
    ['an empty value', 'Observation', 'status=', ['value', 'status']],
    ['an empty alternative', 'Observation', 'status=final,', ['value', 'status']],
    ['an empty criterion', 'Observation', 'status=final&', ['invalid', 'name=value']],
    ['a percent sign that encodes nothing', 'Patient', 'name=50%', ['invalid', '%25']],
    ['a character that no text holds', 'Patient', 'name=a%00', ['invalid', 'name']],
    ['a date that is none', 'Observation', 'date=2020-02-30', ['value', 'yyyy-mm-dd']],
    ['a date without its hyphens', 'Observation', 'date=20200101', ['value', 'yyyy-mm-dd']],
    ['an unknown prefix', 'Observation', 'date=xx2020', ['value', 'ge']],
    ['a number that is none', 'Observation', 'value-quantity=much', ['value', '[number]']],
    [
      'a unit system without a unit',
      'Observation',
      'value-quantity=1|http://u|',
      ['value', '[number]'],
    ],
    ['two bars in a token', 'Observation', 'code=a|b|c', ['value', '[system]|[code]']],
    ['a bar alone', 'Observation', 'code=|', ['value', '[system]|[code]']],
    ['a bar with a contact point', 'Patient', 'phone=phone|555', ['value', '[code] alone']],
    ['a flag that is none', 'Patient', 'active=yes', ['value', 'true or false']],
    [
      'a flag for :missing that is none',
      'Patient',
      'gender:missing=maybe',
      ['value', 'true or false'],
    ],
    ['punctuation alone, which matches every name', 'Patient', 'name=-', ['value', 'letters']],
    ['a relative URL that is none', 'Observation', 'subject=Nobody/1', ['value', '[type]/[id]']],
    [
      'a composite without its second part',
      'Observation',
      'code-value-quantity=8480-6',
      ['value', '[token]$[quantity]'],
    ],
    [
      'a composite with an empty part',
      'Observation',
      'code-value-quantity=$1',
      ['value', '[token]$[quantity]'],
    ],
    [
      'more values than a search is for',
      'Patient',
      `_id=${'a,'.repeat(500)}a`,
      ['too-long', '500'],
    ],
  ])('refuses %s, and says what is accepted (PR-80)', (_case, type, query, [code, accepted]) => {
    const error = refusal(type, query);

    expect(error.code).toBe(code);
    expect(error.message).toContain(accepted);
  });

  it.each([
    ['status=a', '"status" is no search parameter of Patient'],
    ['STATUS=a', '"STATUS" is no search parameter of Patient'],
    ['organization.name=a', '"organization.name" is chained'],
    ['gender:Not=male', '"gender:Not": this modifier'],
    ['gEnDer', '"gEnDer" has no value'],
    ['birthdate=', '"birthdate" has an empty value'],
    ['birthdate=x', '"birthdate" has a value that is not understood'],
    ['a%07b=1', '"a\\u0007b" is no search parameter'],
  ])('quotes the name of %s as it was written', (query, expected) => {
    expect(refusal('Patient', query).message).toContain(expected);
  });

  it('names the parameter at fault, and never repeats a value', () => {
    const error = refusal('Observation', 'status=final&subject:Patient=Mueller/1');

    expect(error.parameter).toBe('subject:Patient');
    expect(error.message).toContain('subject:Patient');
    expect(error.message).not.toContain('Mueller');
  });
});

describe(searchPredicate.name, () => {
  it('is true without a filter, and false for a choice of none', () => {
    expect(searchPredicate('Patient', [], CONTEXT)).toBe('true');
    expect(searchPredicate('Patient', [[]], CONTEXT)).toBe('(false)');
  });

  it('has no value of a search in its text', () => {
    const search = 'code=hush-1,hush-2|&subject=hush-3&value-quantity=7319&date=1907';
    const values = new SearchValues();
    const sql = searchPredicate('Observation', [[search, 'value-string=hush-4', '_id=hush-5']], {
      ...CONTEXT,
      values,
    });

    expect(sql).not.toMatch(/hush|7319|1907/);
    for (const value of ['hush-1', 'hush-2', 'hush-3', '7319', '1907', 'hush-4', 'hush-5']) {
      expect(values.setting).toContain(value);
    }
  });

  it('is as long for many values, or many searches with one of them, as for few', () => {
    const many = Array.from({ length: 200 }, (_, n) => `value-quantity=${n}`);
    const lengthOf = (searches: readonly string[]): number =>
      searchPredicate('Observation', [searches], { ...CONTEXT, values: new SearchValues() }).length;

    expect(lengthOf(many)).toBe(lengthOf(['value-quantity=0']));
    expect(lengthOf([`value-quantity=${'1,'.repeat(400)}2`])).toBe(lengthOf(['value-quantity=0']));
  });

  it('reads no JSON for ids and times', () => {
    const sql = searchPredicate('Patient', [['_id=a'], ['_lastUpdated=ge2020']], CONTEXT);

    expect(sql).not.toContain('content');
  });
});
