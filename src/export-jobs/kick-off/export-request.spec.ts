import { OFFERED_BY_DEFAULT } from '@app/fhir';
import { UnsupportedSearchError } from '@app/fhir-search';

import { type FhirError, parsePreferences } from '../../common';
import { type ExportRequest, parseExportRequest, type Reading } from './export-request';
import type { NamedValue } from './query-string';

const BASE = 'https://ehr.example.org/fhir';
const NOTHING_ASKED: ExportRequest = {
  types: undefined,
  since: undefined,
  until: undefined,
  elements: undefined,
  patients: undefined,
  associated: undefined,
  typeFilters: [],
  organizeBy: undefined,
  deletionsUnknown: false,
  partialManifests: false,
  separateExportStatus: false,
  dryRun: undefined,
  sandbox: undefined,
  lenient: false,
  ignored: [],
};

type Given = Readonly<Record<string, string | readonly string[]>>;

/** Searches whose parameter is called `bad` cannot be evaluated. */
function parse(given: Given, options: Partial<Reading> & { prefer?: string } = {}): ExportRequest {
  const parameters = Object.entries(given).flatMap(([name, values]) =>
    [values].flat().map((value): NamedValue => [name, value]),
  );
  return parseExportRequest(parameters, {
    source: 'query',
    level: 'group',
    preferences: parsePreferences(options.prefer),
    now: new Date('2026-06-01T00:00:00Z'),
    historyDays: undefined,
    fhirBase: BASE,
    resourceTypes: OFFERED_BY_DEFAULT,
    checkSearch: (_type, query) => {
      if (query.startsWith('bad')) {
        throw new UnsupportedSearchError('bad is not known.', 'bad', 'not-supported');
      }
    },
    ...options,
  });
}

const lenient = (given: Given, options: Partial<Reading> = {}): ExportRequest =>
  parse(given, { ...options, prefer: 'handling=lenient' });

function refusalOf(read: () => unknown): FhirError {
  try {
    read();
  } catch (error) {
    return error as FhirError;
  }
  throw new Error('It was accepted.');
}

const IN_BODY = { source: 'body' } as const;

describe(parseExportRequest.name, () => {
  it.each<[string, Given, Partial<ExportRequest>]>([
    ['no parameters for everything (PR-31)', {}, {}],
    ['a list of types (PR-30)', { _type: 'Patient,Goal' }, { types: ['Patient', 'Goal'] }],
    [
      'repeats and commas as the same, blanks and doubles dropped (EN-04, PR-36)',
      { _type: ['Patient, Goal', 'Goal', 'Device'] },
      { types: ['Patient', 'Goal', 'Device'] },
    ],
    [
      'a window (PR-10, PR-20)',
      { _since: '2026-01-01T00:00:00+01:00', _until: '2026-01-01T00:00:00Z' },
      { since: '2025-12-31T23:00:00.000000Z', until: '2026-01-01T00:00:00.000000Z' },
    ],
    [
      'output in blocks of patients (PR-90)',
      { organizeOutputBy: ['Patient', 'Patient'] },
      { organizeBy: 'Patient' },
    ],
    [
      'an _until in the future',
      { _until: '2099-01-01T00:00:00Z' },
      { until: '2099-01-01T00:00:00.000000Z' },
    ],
    [
      'the same value twice where one is allowed (EN-08)',
      { _since: ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'] },
      { since: '2026-01-01T00:00:00.000000Z' },
    ],
    [
      'elements with and without a type, choices by stem (PR-41, PR-42, PR-47)',
      { _elements: ['Patient.birthDate,id', 'Observation.value', 'Observation.effective[x]'] },
      {
        elements: [
          { type: 'Patient', name: 'birthDate' },
          { type: undefined, name: 'id' },
          { type: 'Observation', name: 'value' },
          { type: 'Observation', name: 'effective' },
        ],
      },
    ],
    [
      'the newest Provenance (PR-61)',
      { includeAssociatedData: 'LatestProvenanceResources' },
      { associated: 'latest' },
    ],
    [
      'the wider of two kinds of associated data (PR-62, PR-64)',
      { includeAssociatedData: 'RelevantProvenanceResources,LatestProvenanceResources' },
      { associated: 'relevant' },
    ],
    [
      'a comma in a filter as OR (PR-70, PR-72)',
      { _typeFilter: 'Goal?lifecycle-status=active,completed' },
      { typeFilters: [{ type: 'Goal', query: 'lifecycle-status=active,completed' }] },
    ],
    [
      'a comma before another type as the next filter (PR-71, EN-04)',
      { _typeFilter: ['Goal?a=b,Patient?c=d,e', 'Goal?f=G?'] },
      {
        typeFilters: [
          { type: 'Goal', query: 'a=b' },
          { type: 'Patient', query: 'c=d,e' },
          { type: 'Goal', query: 'f=G?' },
        ],
      },
    ],
    [
      'a filter of a type that is not asked for (PR-82)',
      { _type: 'Patient', _typeFilter: 'Goal?a=b' },
      { types: ['Patient'], typeFilters: [{ type: 'Goal', query: 'a=b' }] },
    ],
    ['partial manifests (PR-95)', { allowPartialManifests: 'true' }, { partialManifests: true }],
    ['no partial manifests (PR-96)', { allowPartialManifests: 'false' }, {}],
    ['_format and _pretty, which say how to answer (UN-06)', { _format: 'json', _pretty: 'x' }, {}],
  ])('reads %s', (_case, given, expected) => {
    expect(parse(given)).toStrictEqual({ ...NOTHING_ASKED, ...expected });
  });

  it('reads patients of a body, relative or under its own base, each once (PR-50, PR-55)', () => {
    const { patients } = parse(
      { patient: ['Patient/a', `${BASE}/Patient/b`, 'Patient/a'] },
      IN_BODY,
    );

    expect(patients).toStrictEqual(['a', 'b']);
  });

  it('remembers that polls are to be answered apart from the export (SX-05, HD-07)', () => {
    const { separateExportStatus } = parse({}, { prefer: 'respond-async, Separate-Export-Status' });

    expect(separateExportStatus).toBe(true);
  });

  it.each([
    'ndjson',
    'NDJSON',
    'application/ndjson',
    'Application/FHIR+NDJSON',
    'application/fhir ndjson',
    'application/fhir+ndjson; charset=utf-8',
    'application/fhir ndjson; charset="UTF-8"',
    'application/fhir+ndjson;fhirVersion=4.0',
    'application/fhir+ndjson; fhirVersion=4.0.1; x=y',
  ])('takes _outputFormat %s (PR-03, PR-07)', (format) => {
    expect(parse({ _outputFormat: format })).toStrictEqual(NOTHING_ASKED);
  });

  it.each([
    'application/fhir+ndjson; fhirVersion=5.0',
    'application/fhir+ndjson;fhirVersion=3.0',
    'application/fhir+ndjson; charset=latin1',
    'application/fhir+json',
    '*/*',
    '',
  ])('refuses _outputFormat "%s" (PR-06)', (format) => {
    const error = refusalOf(() => parse({ _outputFormat: format }));

    expect(error).toMatchObject({ status: 400, expression: ['_outputFormat'] });
  });

  describe('refuses, and ignores where the client allows it, with one issue a parameter (UN-01, UN-02, UN-03):', () => {
    it.each<[string, Given, string, string, Partial<ExportRequest>]>([
      ['an unknown parameter (UN-06)', { _foo: ['1', '2'] }, '_foo', 'not-supported', {}],
      [
        'an unknown type among known ones (PR-33, PR-35, PR-36)',
        { _type: 'Patient,Claim,Nonsense' },
        '_type',
        'not-supported',
        { types: ['Patient'] },
      ],
      [
        'another format (PR-06)',
        { _outputFormat: 'text/csv' },
        '_outputFormat',
        'not-supported',
        {},
      ],
      [
        'an element that is none, among others (PR-46)',
        { _elements: 'id,Patient.nonsense' },
        '_elements',
        'not-supported',
        {
          elements: [
            { type: undefined, name: 'id' },
            { type: 'Patient', name: undefined },
          ],
        },
      ],
      [
        'an element below the root (PR-41, PR-47)',
        { _elements: 'Patient.name.family' },
        '_elements',
        'not-supported',
        { elements: [{ type: 'Patient', name: undefined }] },
      ],
      [
        'an element of a type that is not exported',
        { _elements: 'Claim.id' },
        '_elements',
        'not-supported',
        { elements: [{ type: undefined, name: undefined }] },
      ],
      [
        'unknown associated data (PR-63, PR-65)',
        { includeAssociatedData: '_own,LatestProvenanceResources' },
        'includeAssociatedData',
        'not-supported',
        { associated: 'latest' },
      ],
      [
        'a filter that cannot be applied, while another of its type can (PR-80)',
        { _typeFilter: ['Goal?a=b', 'Goal?bad=b'] },
        '_typeFilter',
        'not-supported',
        { typeFilters: [{ type: 'Goal', query: 'a=b' }] },
      ],
      [
        'a filter that cannot be applied to a type that is not asked for',
        { _type: 'Patient', _typeFilter: 'Goal?bad=b' },
        '_typeFilter',
        'not-supported',
        { types: ['Patient'] },
      ],
      [
        'a filter of a type that is not exported',
        { _typeFilter: 'Claim?a=b' },
        '_typeFilter',
        'not-supported',
        {},
      ],
      [
        'output organised by another type (PR-92)',
        { organizeOutputBy: 'Encounter' },
        'organizeOutputBy',
        'not-supported',
        {},
      ],
      [
        'a boolean that is none',
        { allowPartialManifests: 'yes' },
        'allowPartialManifests',
        'value',
        {},
      ],
    ])('%s', (...row) => {
      const [, given, name, code, rest] = row;
      const error = refusalOf(() => parse(given));
      const { ignored, ...request } = lenient(given);

      expect(error).toMatchObject({ status: 400, code, expression: [name] });
      expect(ignored).toStrictEqual([
        expect.objectContaining({ severity: 'warning', code, expression: [name] }),
      ]);
      expect({ ...request, ignored: [] }).toStrictEqual({
        ...NOTHING_ASKED,
        ...rest,
        lenient: true,
      });
    });

    it('all of several parameters, one issue each (UN-03)', () => {
      const { ignored } = lenient({
        _foo: '1',
        _bar: '2',
        organizeOutputBy: 'X',
        _type: 'Patient,X',
      });

      expect(ignored.map(({ expression }) => expression)).toStrictEqual([
        ['_foo'],
        ['_bar'],
        ['_type'],
        ['organizeOutputBy'],
      ]);
    });
  });

  describe('refuses, whatever the client prefers, what would give another export than was asked for (PR-54):', () => {
    it.each<[string, Given, string, string, Partial<Reading>]>([
      [
        'types of which none is exported',
        { _type: 'Claim,Nonsense' },
        '_type',
        'not-supported',
        {},
      ],
      ['no type name', { _type: '' }, '_type', 'not-supported', {}],
      ['a date as _since (PR-16)', { _since: '2026-01-01' }, '_since', 'value', {}],
      ['a date as _until', { _until: '2026-01-01' }, '_until', 'value', {}],
      ['a _since in the future (PR-17)', { _since: '2026-06-01T00:06:00Z' }, '_since', 'value', {}],
      [
        'a window that is none (PR-23)',
        { _since: '2026-01-01T00:00:00Z', _until: '2026-01-01T01:00:00+01:00' },
        '_since',
        'value',
        {},
      ],
      [
        'two bounds of a kind (EN-08)',
        { _until: ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'] },
        '_until',
        'invalid',
        {},
      ],
      ['patient on GET (EN-06)', { patient: 'Patient/a' }, 'patient', 'not-supported', {}],
      [
        'patient at system level (PR-52)',
        { patient: 'Patient/a' },
        'patient',
        'not-supported',
        { ...IN_BODY, level: 'system' },
      ],
      [
        'another server’s patient (PR-55)',
        { patient: 'https://x.org/Patient/a' },
        'patient',
        'value',
        IN_BODY,
      ],
      ['something else than a patient', { patient: 'Group/a' }, 'patient', 'value', IN_BODY],
      ['a bare id', { patient: 'a' }, 'patient', 'value', IN_BODY],
      ['a version of a patient', { patient: 'Patient/a/_history/1' }, 'patient', 'value', IN_BODY],
      ['a misspelt name of ours', { _Type: 'Patient' }, '_Type', 'not-supported', {}],
      ['a modifier on one of ours', { '_type:not': 'Patient' }, '_type:not', 'not-supported', {}],
      [
        'the only filter of a type (PR-80)',
        { _typeFilter: 'Goal?bad=b' },
        '_typeFilter',
        'not-supported',
        {},
      ],
      [
        'a filter of all types (PR-78)',
        { _typeFilter: '?_id=1' },
        '_typeFilter',
        'not-supported',
        {},
      ],
      [
        'a filter of a compartment (PR-78)',
        { _typeFilter: 'Patient/1/Goal?a=b' },
        '_typeFilter',
        'not-supported',
        {},
      ],
      ['a filter without criteria', { _typeFilter: 'Goal?' }, '_typeFilter', 'not-supported', {}],
      ['control characters', { _elements: 'id\u0000' }, '_elements', 'value', {}],
      ['half a character', { _typeFilter: 'Goal?a=\ud800' }, '_typeFilter', 'value', {}],
      ['a value without end', { _type: `Patient,${'x'.repeat(9000)}` }, '_type', 'too-long', {}],
    ])('%s', (...row) => {
      const [, given, name, code, options] = row;
      for (const read of [parse, lenient]) {
        const error = refusalOf(() => read(given, options));

        expect(error).toMatchObject({ status: 400, code });
        expect(error.expression?.[0]).toBe(name);
      }
    });

    it('more faults than an error file is made for', () => {
      const given = Object.fromEntries(
        Array.from({ length: 101 }, (_, index) => [`_x${index}`, '1']),
      );

      expect(refusalOf(() => lenient(given))).toMatchObject({ status: 400, code: 'too-long' });
    });
  });

  it.each<[Given, string]>([
    [{ _TYPE: 'Patient' }, '"_TYPE"'],
    [{ 'tYpE of\u0007': 'Patient' }, '"tYpE of\\u0007"'],
    [{ _type: 'patient,PATIENT' }, '"patient", "PATIENT"'],
    [{ _type: 'claim' }, '"claim"'],
    [{ _elements: 'patient.birthdate' }, '"patient.birthdate"'],
    [{ _elements: 'Patient.Name.family' }, '"Patient.Name.family"'],
    [{ _elements: 'Nothing.id' }, '"Nothing.id"'],
    [{ _since: '2026-1-1T00:00:00z' }, '"2026-1-1T00:00:00z"'],
    [{ _outputFormat: 'Text/CSV; header=present' }, '"Text/CSV; header=present"'],
    [{ organizeOutputBy: 'patient' }, '"patient"'],
    [{ allowPartialManifests: 'True' }, '"True"'],
    [{ includeAssociatedData: 'latestProvenance' }, '"latestProvenance"'],
    [{ _typeFilter: 'patient?status=a' }, '"patient"'],
    [{ _type: 'aB'.repeat(100) }, `"${'aB'.repeat(32)}…"`],
  ])('quotes %j as it was written', (given, expected) => {
    expect(refusalOf(() => parse(given)).message).toContain(expected);
  });

  it('repeats no value that may tell of a patient (KR-07)', () => {
    const secrets: readonly Given[] = [
      { _typeFilter: 'Jane Doe' },
      { _typeFilter: 'Goal?bad=Jane Doe' },
      { _typeFilter: 'Nothing?name=Jane Doe' },
      { patient: 'Patient/Jane Doe' },
    ];
    for (const given of secrets) {
      const { message, expression } = refusalOf(() => parse(given, IN_BODY));

      expect(`${message} ${expression?.join()}`).not.toMatch(/Jane|Doe/);
    }
  });
});
