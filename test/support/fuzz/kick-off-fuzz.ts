import fc, { type Arbitrary } from 'fast-check';

import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { accept, encode, oddHeader, oddText } from './odd';
import type { Asked } from './send';
import { SECRET } from './well-formed-response';

/**
 * How a server must take something: honour it; refuse it unless the client prefers it ignored; refuse it
 * in any case; or as it likes.
 */
export type Standing = 'good' | 'ignorable' | 'fatal' | 'open';

export interface FuzzParameter {
  readonly name: string;
  readonly text: string;
  /** In a Parameters resource. */
  readonly member: string;
  readonly standing: Standing;
}

export interface FuzzKickOff {
  readonly target: string;
  readonly method: 'GET' | 'POST';
  readonly parameters: readonly FuzzParameter[];
  readonly prefer: { readonly header: string; readonly lenient: boolean };
  readonly token: string;
  /** Of what is around the parameters: headers, encoding, the form of the body. */
  readonly form: Standing;
  /** Without its token. */
  readonly asked: Asked;
}

/** Patients and groups that a test must have. */
export const FUZZ_GROUP = 'G';
export const FUZZ_PATIENTS = ['in', 'also-in'];

const INSTANTS = [
  '2024-01-01T00:00:00Z',
  '2024-01-01T00:00:00.123456+05:00',
  '2023-06-30T23:59:59.9-11:30',
];

type Values = Readonly<Record<Exclude<Standing, 'fatal'>, readonly string[]>>;

const some = (...parts: readonly string[]): Values => ({ good: parts, ignorable: [], open: [] });

/** By name and member; what is said of `ignorable` holds of odd text as well. */
const KNOWN: readonly (readonly [name: string, member: string, values: Values])[] = [
  [
    '_outputFormat',
    'valueString',
    {
      ...some('application/fhir+ndjson', 'application/ndjson', 'ndjson'),
      ignorable: ['application/xml', 'text/html', 'NDJSON', 'ndjson,ndjson'],
    },
  ],
  [
    '_since',
    'valueInstant',
    {
      ...some(...INSTANTS),
      ignorable: ['2024-01-01', '2024-01-01T00:00:00', 'yesterday', '2999-01-01T00:00:00Z', '0'],
    },
  ],
  [
    '_until',
    'valueInstant',
    {
      ...some(...INSTANTS, '2999-01-01T00:00:00Z'),
      ignorable: ['2024', '2024-02-30T00:00:00Z', '24:00', '2024-01-01T25:00:00Z'],
    },
  ],
  [
    '_type',
    'valueString',
    {
      ...some(...OFFERED_BY_DEFAULT, 'Patient,Goal', 'Goal, Patient ,Goal', 'Provenance,Condition'),
      ignorable: [
        'Claim',
        'patient',
        'Patient;Goal',
        'Patient,MissingType',
        'Patient,',
        '*',
        'Resource',
      ],
    },
  ],
  [
    '_elements',
    'valueString',
    {
      ...some(
        'id',
        'meta,status',
        'Patient.birthDate',
        'Observation.value,Patient.name',
        'Goal.id',
      ),
      ignorable: [
        'nosuch',
        'Patient.name.family',
        'Foo.bar',
        'id,',
        'Patient.',
        '.id',
        'Claim.status',
      ],
    },
  ],
  [
    'includeAssociatedData',
    'valueCode',
    {
      ...some('LatestProvenanceResources', 'RelevantProvenanceResources'),
      good: ['LatestProvenanceResources', 'LatestProvenanceResources,RelevantProvenanceResources'],
      ignorable: ['_custom', 'latestprovenanceresources', 'LatestProvenanceResources,x'],
    },
  ],
  [
    '_typeFilter',
    'valueString',
    {
      ...some(
        'Patient?gender=female',
        'Observation?status=final,amended',
        'Goal?lifecycle-status=active',
        'Condition?_lastUpdated=gt2020-01-01',
        'Patient?birthdate=ge1970&gender=male',
      ),
      ignorable: [
        ...[
          '?_id=1',
          'Patient?nosuch=1',
          'Patient?_sort=_id',
          'Patient/1/Goal?status=x',
          'Patient',
        ],
        ...['Claim?status=active', 'Patient?gender:nosuch=male', 'Patient?', 'Goal?subject.name=x'],
        'Observation?status=final,Goal?nosuch=1',
      ],
    },
  ],
  [
    'organizeOutputBy',
    'valueString',
    {
      ...some(),
      open: ['Patient'],
      ignorable: ['Nothing', 'patient', 'Claim', 'Patient,Group'],
    },
  ],
  [
    'allowPartialManifests',
    'valueBoolean',
    {
      ...some('true', 'false'),
      ignorable: ['yes', '1', 'TRUE'],
    },
  ],
];

const known: Arbitrary<FuzzParameter> = fc
  .tuple(fc.constantFrom(...KNOWN), fc.nat(9), fc.nat(), oddText)
  .map(([[name, member, values], dice, pick, odd]) => {
    const of = (list: readonly string[]): string => list[pick % list.length] ?? '';
    const good = [...values.good, ...values.open];
    if (dice === 0) return { name, member, text: odd, standing: 'ignorable' };
    if (dice <= 2) return { name, member, text: of(values.ignorable), standing: 'ignorable' };
    const text = of(good);
    return { name, member, text, standing: values.open.includes(text) ? 'open' : 'good' };
  });

/** Only in the body of a POST; a patient whom nobody knows is refused whatever is preferred. */
const patient: Arbitrary<FuzzParameter> = fc
  .constantFrom<readonly [string, Standing]>(
    ...FUZZ_PATIENTS.map((id) => [`Patient/${id}`, 'good'] as const),
    ...FUZZ_PATIENTS.map((id) => [`Patient/${id}`, 'good'] as const),
    [`Patient/${SECRET}`, 'fatal'],
    [`Group/${SECRET}`, 'fatal'],
    [`https://elsewhere.example/Patient/${SECRET}`, 'fatal'],
    ['in', 'fatal'],
    ['', 'fatal'],
  )
  .map(([text, standing]) => ({ name: 'patient', member: 'valueReference', text, standing }));

const unknown: Arbitrary<FuzzParameter> = fc.oneof(
  fc
    .constantFrom('_foo', '_count', '_sort', '__proto__', 'constructor', '', 'x'.repeat(200), 'ä')
    .map((name) => ({ name, member: 'valueString', text: '1', standing: 'ignorable' as const })),
  fc
    .constantFrom('_type:not', '_Type', '_type[]', '_since[0]', 'Patient', '_TYPEFILTER', '_until!')
    .map((name) => ({ name, member: 'valueString', text: 'Goal', standing: 'fatal' as const })),
  fc
    .constantFrom('_format', '_pretty')
    .map((name) => ({ name, member: 'valueString', text: 'json', standing: 'good' as const })),
);

const parameters: Arbitrary<readonly FuzzParameter[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: known },
    { weight: 2, arbitrary: patient },
    { weight: 1, arbitrary: unknown },
  ),
  { maxLength: 5 },
);

const prefer = fc.oneof(
  fc
    .constantFrom('respond-async', 'handling=strict, handling=lenient', '', 'RESPOND-ASYNC;x=y')
    .map((header) => ({ header, lenient: false })),
  fc
    .constantFrom(
      'handling=lenient',
      'respond-async, Handling="lenient"',
      'wait=1,handling=lenient;a',
    )
    .map((header) => ({ header, lenient: true })),
  oddHeader.map((header) => ({ header: header.replace(/handling/i, ''), lenient: false })),
);

/** Bodies that say two things, or something else than parameters. */
const ENVELOPES: readonly ((list: string) => string)[] = [
  (list) => `{"resourceType":"Parameters","parameter":${list},"parameter":[]}`,
  (list) => `{"resourceType":"Parameters","parameter":${list},"modifierExtension":[]}`,
  (list) => `{"resourceType":"Parameters","parameter":{"0":${list}}}`,
  (list) => `{"resourceType":"Patient","parameter":${list}}`,
  (list) => `{"resourceType":"Parameters","parameter":[${list}]}`,
  (list) => `{"resourceType":"Parameters","parameter":${list}`,
  (list) => `${'['.repeat(5_000)}${list}`,
  (list) => list,
  () => 'null',
];

const form = fc.record({
  accept,
  contentType: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('application/fhir+json', 'application/json; charset=utf-8'),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'text/plain',
        'application/x-www-form-urlencoded',
        'x',
        'application/fhir+xml',
      ),
    },
  ),
  envelope: fc.option(fc.constantFrom(...ENVELOPES), { freq: 8 }),
  zeal: fc.constantFrom('needed', 'usual', 'all'),
  brokenQuery: fc
    .boolean()
    .chain((one) => (one ? fc.nat(9).map((dice) => dice === 0) : fc.constant(false))),
  dollar: fc.constantFrom('$', '%24'),
});

/** @param tokens names of tokens that a test has */
export function kickOffFuzz(tokens: readonly string[]): Arbitrary<FuzzKickOff> {
  const base = fc.record({
    target: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(`Group/${FUZZ_GROUP}/`, 'Patient/', '') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('Group/NONE/', `Group/${'a'.repeat(80)}/`, 'Group/%00/'),
      },
    ),
    method: fc.constantFrom('GET', 'POST'),
    parameters,
    prefer,
    token: fc.constantFrom(...tokens),
    form,
  });
  return base.map(({ form: chosen, ...asked }) => fuzzKickOff(asked, chosen));
}

type Form = typeof form extends Arbitrary<infer T> ? T : never;
type Chosen = Omit<FuzzKickOff, 'form' | 'asked'>;

function fuzzKickOff(chosen: Chosen, { accept: accepts, ...around }: Form): FuzzKickOff {
  const { target, method, prefer: preference } = chosen;
  const isPost = method === 'POST';
  const wrongBody = isPost && (around.envelope !== null || !/json/.test(around.contentType));
  const broken = !accepts.admits || wrongBody || (!isPost && around.brokenQuery);
  const query = isPost ? '' : queryOf(chosen.parameters, around.zeal, around.brokenQuery);
  return {
    ...chosen,
    form: broken ? 'fatal' : 'good',
    asked: {
      method,
      path: `/fhir/${target}${around.dollar}export${query}`,
      headers: {
        Prefer: preference.header,
        ...(accepts.header !== undefined && { Accept: accepts.header }),
        ...(isPost && { 'Content-Type': around.contentType }),
      },
      ...(isPost && { body: bodyOf(chosen.parameters, around.envelope) }),
    },
  };
}

function queryOf(given: readonly FuzzParameter[], zeal: Form['zeal'], broken: boolean): string {
  const pairs = given.map(({ name, text }) => `${encode(name, 'usual')}=${encode(text, zeal)}`);
  return `?${[...pairs, ...(broken ? ['_type=%E0%A4%A'] : [])].join('&')}`;
}

function bodyOf(
  given: readonly FuzzParameter[],
  envelope: ((list: string) => string) | null,
): string {
  const list = given.map(({ name, member, text }) => ({ name, [member]: valueOf(member, text) }));
  const plain = (text: string): string => `{"resourceType":"Parameters","parameter":${text}}`;
  return (envelope ?? plain)(JSON.stringify(list));
}

function valueOf(member: string, text: string): unknown {
  if (member === 'valueReference') return { reference: text };
  if (member !== 'valueBoolean') return text;
  return text === 'true' ? true : text === 'false' ? false : text;
}
