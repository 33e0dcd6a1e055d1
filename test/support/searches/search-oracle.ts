import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';

import type {
  Hl7Definitions,
  SearchParameter,
} from '../../../scripts/search-definitions/hl7-definitions';
import { amountMatches } from './amount-matches';
import { dateMatches } from './date-matches';
import { type Found, referenceMatches, textMatches, tokenMatches } from './value-matches';

export interface Resource {
  readonly resourceType: string;
  readonly id: string;
}

type Evaluate = (resource: object) => readonly Found[];

/**
 * What R4 says that a search finds, worked out apart from the service: HL7's own FHIRPath by the
 * fhirpath library, values compared in JavaScript, one resource after the other.
 */
export class SearchOracle {
  private readonly compiled = new Map<string, Evaluate>();
  private readonly found = new WeakMap<object, Map<string, readonly Found[]>>();

  constructor(
    private readonly hl7: Hl7Definitions,
    private readonly fhirBase: string,
    /** Milliseconds since 1970. */
    private readonly now: number,
  ) {}

  matches(resource: Resource, query: string): boolean {
    return query.split('&').every((part) => {
      const [name = '', value = ''] = part.split('=').map(decodeURIComponent);
      const [code = '', modifier] = name.split(':');
      return this.criterion(resource, { code, modifier, values: cut(value, ',') });
    });
  }

  /** All that a parameter finds in a resource. */
  valuesOf(resource: Resource, code: string): readonly Found[] {
    const known = this.found.get(resource) ?? new Map<string, readonly Found[]>();
    this.found.set(resource, known);
    const values =
      known.get(code) ?? this.evaluator(this.parameter(resource.resourceType, code))(resource);
    known.set(code, values);
    return values;
  }

  /** For each place that a composite looks into, what its parts find there. */
  partsOf(resource: Resource, code: string): readonly (readonly (readonly Found[])[])[] {
    const parameter = this.parameter(resource.resourceType, code);
    return this.valuesOf(resource, code).map(({ value, path }) =>
      (parameter.component ?? []).map(({ expression }) =>
        run(value as object, {
          base: path,
          expression: applied(expression),
        }),
      ),
    );
  }

  parameter(type: string, code: string): SearchParameter {
    const found = this.hl7.parameters.find(
      (one) => one.code === code && (one.base.includes(type) || one.base.includes('Resource')),
    );
    if (!found) throw new Error(`${type} has no ${code}.`);
    return found;
  }

  private criterion(
    resource: Resource,
    {
      code,
      modifier,
      values,
    }: { code: string; modifier: string | undefined; values: readonly string[] },
  ): boolean {
    const parameter = this.parameter(resource.resourceType, code);
    if (modifier === 'missing') {
      return (this.valuesOf(resource, code).length === 0) === (values[0] === 'true');
    }
    const matches = values.some((value) => this.value(resource, parameter, modifier, value));
    return modifier === 'not' ? !matches : matches;
  }

  private value(
    resource: Resource,
    parameter: SearchParameter,
    modifier: string | undefined,
    value: string,
  ): boolean {
    if (parameter.type === 'composite') {
      const wanted = cut(value, '$');
      return this.partsOf(resource, parameter.code).some((parts) =>
        parts.every((part, index) =>
          part.some((one) => this.one(one, kindOf(one), undefined, wanted[index] ?? '')),
        ),
      );
    }
    return this.valuesOf(resource, parameter.code).some((one) =>
      this.one(one, parameter.type, modifier, value),
    );
  }

  private one(found: Found, kind: string, modifier: string | undefined, value: string): boolean {
    switch (kind) {
      case 'token':
        return tokenMatches(found, cut(value, '|').map(plain));
      case 'date':
        return dateMatches(found, value, this.now);
      case 'number':
      case 'quantity':
        return amountMatches(found, cut(value, '|').map(plain));
      case 'string':
        return textMatches(found, plain(value), modifier);
      case 'uri':
        return uriMatches(found, plain(value), this.fhirBase);
      case 'reference':
        return referenceMatches(found, {
          value: plain(value),
          modifier,
          parts: cut(value, '|').map(plain),
          fhirBase: this.fhirBase,
        });
      default:
        throw new Error(`Unknown kind ${kind}.`);
    }
  }

  private evaluator(parameter: SearchParameter): Evaluate {
    const known = this.compiled.get(parameter.url);
    if (known) return known;
    const expression = applied(parameter.expression ?? '');
    // One by one: a union compares what it unites, and Quantities with comparators cannot be compared.
    const branches = branchesOf(expression);
    const evaluate: Evaluate = (resource) => branches.flatMap((branch) => run(resource, branch));
    this.compiled.set(parameter.url, evaluate);
    return evaluate;
  }
}

/**
 * `as` of several things is an error in FHIRPath's own terms, and `resolve()` needs a server: both say
 * in R4's parameters what is written here.
 */
function applied(expression: string): string {
  return expression
    .replaceAll(/ as (\w+)\)/g, '.ofType($1))')
    .replaceAll(/\.as\((\w+)\)/g, '.ofType($1)')
    .replaceAll('DateTime', 'dateTime')
    .replaceAll(
      /resolve\(\) is (\w+)/g,
      (_whole, type: string) =>
        `(reference.exists() and reference.matches('(^|/)${type}/[A-Za-z0-9.-]{1,64}(/_history/[A-Za-z0-9.-]{1,64})?$')) or type = '${type}'`,
    );
}

/** The parts of a union; what stands in brackets stays together. */
function branchesOf(expression: string): readonly string[] {
  return expression.split('|').reduce<readonly string[]>((branches, piece) => {
    const open = branches.at(-1);
    const isOpen = open !== undefined && open.split('(').length > open.split(')').length;
    return isOpen ? [...branches.slice(0, -1), `${open}|${piece}`] : [...branches, piece];
  }, []);
}

function run(
  resource: object,
  expression: string | { base: string; expression: string },
): readonly Found[] {
  const nodes = fhirpath.evaluate(resource, expression, {}, r4, {
    resolveInternalTypes: false,
    async: false,
  }) as unknown[];
  const types = fhirpath.types(nodes);
  return nodes.map((node, index) => {
    const { data, path } = isNode(node) ? node : { data: node, path: '' };
    return { value: data, type: (types[index] ?? '').replace(/^\w+\./, ''), path };
  });
}

function isNode(node: unknown): node is { data: unknown; path: string } {
  return typeof node === 'object' && node !== null && 'data' in node;
}

function kindOf({ type }: Found): string {
  if (['decimal', 'integer'].includes(type)) return 'number';
  if (['Quantity', 'Range', 'SampledData'].includes(type)) return 'quantity';
  if (['dateTime', 'Period'].includes(type)) return 'date';
  return { string: 'string', Reference: 'reference' }[type] ?? 'token';
}

function uriMatches({ value, type }: Found, wanted: string, fhirBase: string): boolean {
  return value === wanted || (type === 'url' && `${fhirBase}/${String(value)}` === wanted);
}

/** Parts between separators without a backslash before them. */
function cut(text: string, separator: string): readonly string[] {
  const parts = [''];
  for (const [piece] of text.matchAll(/\\.|[^]/gs)) {
    if (piece === separator) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${piece}`);
  }
  return parts;
}

function plain(text: string): string {
  return text.replaceAll(/\\([,|$\\])/g, '$1');
}
