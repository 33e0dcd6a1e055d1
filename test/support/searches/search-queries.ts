import { searchParametersOf } from '../../../libs/fhir-search/src/search-parameter';
import type { ResourceType } from '../../../libs/fhir/src';
import type { Random } from '../../../libs/sample-data/src/random';
import { OWN_BASE } from './odd-values';
import type { Resource, SearchOracle } from './search-oracle';
import type { Found } from './value-matches';

type Members = Readonly<Record<string, unknown>>;

/** Kinds of the parts of composites; of other types they are tokens. */
const KIND_OF_TYPE = new Map([
  ['Quantity', 'quantity'],
  ['decimal', 'number'],
  ['integer', 'number'],
  ['Range', 'quantity'],
  ['dateTime', 'date'],
  ['Period', 'date'],
  ['string', 'string'],
  ['Reference', 'reference'],
]);
const ALWAYS_THERE = ['_id', '_lastUpdated'];
const PREFIXES = ['', '', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

/** Searches whose values are near to what resources hold, so that some match and some do not. */
export class SearchQueries {
  constructor(
    private readonly oracle: SearchOracle,
    private readonly resources: readonly Resource[],
    private readonly random: Random,
  ) {}

  /** `code[:modifier]=value[,value]` */
  criterion(code: string): string {
    const { random } = this;
    const { type: kind } = this.oracle.parameter(this.resources[0]?.resourceType ?? '', code);
    if (kind !== 'composite' && !ALWAYS_THERE.includes(code) && random.chance(0.1)) {
      return `${code}:missing=${random.pick(['true', 'false'])}`;
    }
    const modifier = this.isCanonical(code) ? '' : this.modifier(kind);
    const count = random.chance(0.7) ? 1 : random.int(2, 3);
    const values = Array.from({ length: count }, () => this.value(code, kind, modifier));
    return `${code}${modifier}=${values.map(encodeURIComponent).join(',')}`;
  }

  /** Canonical URLs have no identifier beside them. */
  private isCanonical(code: string): boolean {
    const type = this.resources[0]?.resourceType ?? '';
    const parameter = searchParametersOf(type as ResourceType).get(code);
    return parameter?.places.every((place) => place.type === 'canonical') === true;
  }

  private modifier(kind: string): string {
    const { random } = this;
    if (kind === 'token') return random.chance(0.2) ? ':not' : '';
    if (kind === 'string') return random.pick(['', '', ':exact', ':contains']);
    if (kind === 'reference') return random.pick(['', '', '', ':identifier']);
    return '';
  }

  private value(code: string, kind: string, modifier: string): string {
    const { random, oracle } = this;
    const holders = this.resources.filter((one) => oracle.valuesOf(one, code).length > 0);
    if (holders.length === 0) throw new Error(`No resource holds a ${code}.`);
    const holder = random.pick(holders);
    if (kind !== 'composite')
      return this.near(random.pick(oracle.valuesOf(holder, code)), kind, modifier);
    const whole = holders
      .flatMap((one) => oracle.partsOf(one, code))
      .filter((parts) => parts.every((part) => part.length > 0));
    // Where no resource holds all parts, the search finds nothing, whatever is asked.
    const parts = whole.length > 0 ? random.pick(whole) : oracle.partsOf(holder, code)[0];
    return (parts ?? []).map((part) => (part.length > 0 ? this.part(part) : 'none')).join('$');
  }

  private part(found: readonly Found[]): string {
    const { random } = this;
    const one = random.pick(found);
    return this.near(one, KIND_OF_TYPE.get(one.type) ?? 'token', '');
  }

  private near(found: Found, kind: string, modifier: string): string {
    switch (kind) {
      case 'token':
        return this.token(found);
      case 'date':
        return this.date(found);
      case 'quantity':
        return `${this.amount(found)}${this.unit(found)}`;
      case 'number':
        return this.amount(found);
      case 'string':
        return this.text(found, modifier);
      case 'reference':
        return modifier === ':identifier'
          ? this.token({ ...found, value: identifierOf(found), type: 'Identifier' })
          : this.reference(found);
      default:
        return escaped(String(found.value));
    }
  }

  private token({ value, type }: Found): string {
    const { random } = this;
    if (typeof value !== 'object' || value === null) return escaped(String(value));
    const members = value as Members;
    const codings = type === 'CodeableConcept' ? [members['coding'] ?? []].flat() : [members];
    const coding = (codings.length > 0 ? random.pick(codings) : {}) as Members;
    const code = escaped(textOf(coding['code'] ?? coding['value'], 'final'));
    if (type === 'ContactPoint') return code;
    const system = escaped(textOf(coding['system'], 'http://loinc.org'));
    return random.pick([code, `${system}|${code}`, `${system}|${code}`, `|${code}`, `${system}|`]);
  }

  private date({ value }: Found): string {
    const { random } = this;
    const members = value as {
      start?: string;
      end?: string;
      event?: string | readonly string[];
      repeat?: Members;
    };
    const texts =
      typeof value === 'string' ? [value] : [members.start, members.end, members.event].flat();
    const known = texts.filter(
      (text) =>
        text !== undefined &&
        /^\d{4}(-(0\d|1[0-2])(-[012]\d)?)?(T|$)/.test(text) &&
        text !== '2020-02-30',
    );
    const text = known.length > 0 ? (random.pick(known) ?? '') : '2020-02';
    const cuts = [text.slice(0, 4), text.slice(0, 7), text.slice(0, 10), text, text];
    if (text.length > 16) cuts.push(text.slice(0, 16), `${text.slice(0, 19)}Z`);
    return `${random.pick(PREFIXES)}${random.pick(cuts)}`;
  }

  private amount({ value }: Found): string {
    const { random } = this;
    const number = Number(typeof value === 'number' ? value : (quantityOf(value)['value'] ?? 5));
    const forms = [
      String(number),
      number.toFixed(1),
      number.toFixed(3),
      number.toExponential(),
      String(Math.round(number)),
      '1e2',
      '1.00e2',
      '5',
    ];
    return `${random.pick(PREFIXES)}${random.pick(forms)}`;
  }

  private unit({ value, type }: Found): string {
    const quantity = quantityOf(value);
    const code = quantity['code'] ?? quantity['unit'] ?? quantity['currency'];
    const unit = escaped(textOf(code, 'mg'));
    const usual = type === 'Money' ? 'urn:iso:std:iso:4217' : 'http://unitsofmeasure.org';
    const system = escaped(textOf(quantity['system'], usual));
    return this.random.pick(['', '', `||${unit}`, `|${system}|${unit}`]);
  }

  private text({ value }: Found, modifier: string): string {
    const { random } = this;
    const texts = typeof value === 'string' ? [value] : Object.values(value as Members).flat();
    const known = texts.filter(
      (text) => typeof text === 'string' && /[\p{L}\p{N}]/u.test(text),
    ) as string[];
    const text = known.length > 0 ? random.pick(known) : 'Eve';
    if (modifier === ':exact') return escaped(random.pick([text, text, text.toLowerCase()]));
    const part = random.pick([
      text,
      text.slice(0, 3),
      text.toUpperCase(),
      text.slice(1, 4),
      text.normalize('NFD').replaceAll(/\p{M}/gu, ''),
    ]);
    return escaped(/[\p{L}\p{N}]/u.test(part) ? part : text);
  }

  private reference({ value }: Found): string {
    const { random } = this;
    const text =
      typeof value === 'string' ? value : textOf((value as Members)['reference'], 'Patient/1');
    const local = text.replace(`${OWN_BASE}/`, '').replace(/\/_history\/.*/, '');
    if (local.includes(':')) return escaped(local);
    if (!local.includes('/')) return '1';
    return escaped(
      random.pick([
        local,
        local.split('/').at(-1) ?? '',
        `${OWN_BASE}/${local}`,
        `https://other.example.org/fhir/${local}`,
      ]),
    );
  }
}

/** One that is part of a value, or the value itself. */
function quantityOf(value: unknown): Members {
  const members = value as Readonly<Record<string, Members | undefined>>;
  return members['low'] ?? members['high'] ?? members['origin'] ?? members;
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function identifierOf({ value }: Found): unknown {
  return (value as Members)['identifier'] ?? {};
}

/** Commas and bars of a value, as a client must write them. */
function escaped(text: string): string {
  return text.replaceAll(/[\\,|$]/g, '\\$&');
}
