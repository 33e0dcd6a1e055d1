/** Something that a FHIRPath expression found. */
export interface Found {
  readonly value: unknown;
  /** FHIR data type. */
  readonly type: string;
  readonly path: string;
}

export type Members = Readonly<Record<string, unknown>>;

/** R4 search, token. */
export function tokenMatches({ value, type }: Found, parts: readonly string[]): boolean {
  const [system, code = ''] = parts.length === 1 ? [undefined, parts[0]] : parts;
  const matches = TOKENS[type];
  return matches?.(value as Members, { system, code }) ?? false;
}

interface Token {
  readonly system: string | undefined;
  readonly code: string;
}

const isPlain = (value: unknown, { system, code }: Token): boolean => !system && value === code;
const isFlag = (value: unknown, { system, code }: Token): boolean =>
  !system && String(value) === code;
const TOKENS: Readonly<Record<string, (value: Members, token: Token) => boolean>> = {
  CodeableConcept: ({ coding }, token) =>
    asList(coding).some((one) => isPair(one as Members, 'code', token)),
  Coding: (value, token) => isPair(value, 'code', token),
  Identifier: (value, token) => isPair(value, 'value', token),
  ContactPoint: (value, token) => value['value'] === token.code,
  boolean: isFlag,
  Boolean: isFlag,
  code: isPlain,
  id: isPlain,
  String: isPlain,
  string: (value: unknown, { system, code }) => !system && alike(String(value)) === alike(code),
};

function isPair(one: Members, key: string, { system, code }: Token): boolean {
  const isSystem = system === undefined || (one['system'] ?? '') === system;
  return isSystem && (code === '' || one[key] === code);
}

function alike(text: string): string {
  return Array.from(text.normalize('NFKD'), (one) => one.toLowerCase()).join('');
}

export function textMatches(
  { value, type }: Found,
  wanted: string,
  modifier: string | undefined,
): boolean {
  const parts = {
    HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
    Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
  }[type];
  const texts = parts ? parts.flatMap((part) => asList((value as Members)[part])) : [value];
  return texts
    .filter((text) => typeof text === 'string')
    .some((text) => {
      if (modifier === 'exact') return text === wanted;
      return modifier === 'contains'
        ? base(text).includes(base(wanted))
        : base(text).startsWith(base(wanted));
    });
}

function base(text: string): string {
  return alike(text)
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ς', 'σ')
    .replaceAll(/[\p{P}$+<=>^`|~]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export function referenceMatches(
  { value, type }: Found,
  wanted: {
    readonly value: string;
    readonly parts: readonly string[];
    readonly modifier: string | undefined;
    readonly fhirBase: string;
  },
): boolean {
  if (type === 'canonical') return value === wanted.value;
  const members = value as Members;
  if (wanted.modifier === 'identifier') {
    const identifier = { value: members['identifier'] ?? {}, type: 'Identifier', path: '' };
    return tokenMatches(identifier, wanted.parts);
  }
  const own = (text: string): string =>
    text.startsWith(`${wanted.fhirBase}/`) ? text.slice(wanted.fhirBase.length + 1) : text;
  const target = own(String(members['reference'])).replace(/\/_history\/[^/]+$/, '');
  const asked =
    wanted.modifier === undefined ? own(wanted.value) : `${wanted.modifier}/${wanted.value}`;
  return asked.includes('/') || asked.includes(':')
    ? target === asked
    : /^\w+\/([^/]+)$/.exec(target)?.[1] === asked;
}

export function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
