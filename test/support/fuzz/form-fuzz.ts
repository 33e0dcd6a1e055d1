import fc, { type Arbitrary } from 'fast-check';

import { oddText } from './odd';

/** A form for an OAuth endpoint; `assertion` stands for one that the test signs with these changes. */
export interface FuzzForm {
  readonly contentType: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Nothing is wrong with it, so that it must be taken. */
  readonly isGood: boolean;
}

/** Where the signed assertion goes. */
export const ASSERTION = '\u0000assertion';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const SCOPES = [
  'system/*.rs',
  'system/*.read',
  'system/Patient.rs system/Group.rs',
  'system/*.cruds',
  'system/Goal.read',
];

const field = (
  name: string,
  ...good: readonly string[]
): Arbitrary<readonly (readonly [string, string])[]> =>
  fc.oneof(
    { weight: 14, arbitrary: fc.constantFrom(...good).map((value) => [[name, value] as const]) },
    { weight: 1, arbitrary: oddText.map((value) => [[name, value] as const]) },
    { weight: 1, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: oddText.map(
        (value) =>
          [
            [name, good[0] ?? ''],
            [name, value],
          ] as const,
      ),
    },
  );

const oddClaim: Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.integer(),
  fc.constantFrom(null, true, [], {}, ['x'], -1, 1e20, 0.5),
);

const changes = (...names: readonly string[]): Arbitrary<Readonly<Record<string, unknown>>> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...names), oddClaim)
        .map(([name, value]) => ({ [name]: value })),
    },
  );

const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json',
      'text/plain',
      'multipart/form-data',
      'application/x-www-form-urlencoded; charset=latin1',
    ),
  },
);

/** @param introspected a token that is good: the form asks about it instead of asking for one */
export function formFuzz(introspected?: string): Arbitrary<FuzzForm> {
  const own =
    introspected === undefined
      ? [field('grant_type', 'client_credentials'), field('scope', ...SCOPES)]
      : [field('token', introspected)];
  return fc
    .record({
      contentType,
      fields: fc.tuple(
        ...own,
        field('client_assertion_type', TYPE),
        field('client_assertion', ASSERTION),
      ),
      header: changes('alg', 'kid', 'typ', 'jku', 'crit', 'jwk', 'b64'),
      claims: changes('iss', 'sub', 'aud', 'exp', 'jti', 'nbf', 'iat', 'client_id'),
    })
    .map(({ fields, ...asked }) => ({
      ...asked,
      fields: fields.flat(),
      isGood: isGood(fields, asked),
    }));
}

function isGood(
  fields: readonly (readonly (readonly [string, string])[])[],
  { contentType: type, header, claims }: Pick<FuzzForm, 'contentType' | 'header' | 'claims'>,
): boolean {
  const isPlain = Object.keys({ ...header, ...claims }).length === 0 && /urlencoded$/.test(type);
  return isPlain && fields.every((one) => one.length === 1 && isExpected(one[0]?.[1] ?? ''));
}

function isExpected(value: string): boolean {
  return (
    [TYPE, ASSERTION, 'client_credentials', ...SCOPES].includes(value) || /^ey[\w-]+\./.test(value)
  );
}
