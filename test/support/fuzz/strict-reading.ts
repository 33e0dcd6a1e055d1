import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { FUZZ_GROUP, type FuzzKickOff, type Standing } from './kick-off-fuzz';

/** What a token is good for, as the test that asked for it knows. */
export interface FuzzRights {
  readonly types: readonly string[];
  readonly allGroups: boolean;
  /** By type, the search that the scope of this type has. */
  readonly filters?: Readonly<Record<string, string>>;
}

/** The record of an export, as it lies in the database. */
export interface StoredJob {
  readonly level: string;
  readonly group_id: string | null;
  readonly parameters: StoredParameters;
}

interface StoredParameters {
  readonly types: readonly string[];
  readonly provenanceOf: readonly string[];
  readonly provenance?: string;
  readonly since?: string | null;
  readonly until?: string | null;
  readonly patients?: readonly string[];
  readonly elements?: Readonly<Record<string, readonly string[]>>;
  readonly typeFilters?: Readonly<Record<string, readonly string[]>>;
  readonly scopeFilters?: Readonly<Record<string, readonly string[]>>;
  readonly ignored?: readonly { readonly expression?: readonly string[] }[];
}

/** Nobody's data: alone they may be refused (PR-34). */
const OUTSIDE = [
  ...['Binary', 'Device', 'Location', 'Medication', 'Organization', 'Practitioner'],
  'PractitionerRole',
];
const SINGLE = ['_since', '_until', 'organizeOutputBy', 'allowPartialManifests'];

/** Reads a kick-off for itself, from what was meant by it and not from what the service makes of it. */
export class StrictReading {
  constructor(
    private readonly given: FuzzKickOff,
    private readonly rights: FuzzRights | undefined,
  ) {}

  /** Whether the request is to be taken, `undefined`: it may be refused or taken. */
  get mustBeTaken(): boolean | undefined {
    const standings = this.standings();
    if (standings.includes('fatal')) return false;
    if (standings.includes('ignorable')) return this.given.prefer.lenient ? undefined : false;
    return standings.includes('open') ? undefined : true;
  }

  /** In what an export gives more than was asked for or may be had; none: it is as narrow as it must be. */
  excesses({ level, group_id: groupId, parameters }: StoredJob): readonly string[] {
    const excess: string[] = [];
    const check = (holds: boolean, what: string): void => {
      if (!holds) excess.push(what);
    };
    check(level === this.level, 'level');
    check(groupId === (level === 'group' ? FUZZ_GROUP : null), 'group');
    check(this.typesAreNarrow(parameters.types), '_type');
    check(this.provenanceIsNarrow(parameters), 'Provenance');
    check(this.instantIsKept('_since', parameters.since), '_since');
    check(this.instantIsKept('_until', parameters.until), '_until');
    check(this.patientsAreKept(parameters.patients), 'patient');
    for (const type of parameters.types) {
      check(this.elementsAreKept(type, parameters.elements?.[type]), `_elements of ${type}`);
      check(this.filtersAreKept(type, parameters.typeFilters?.[type]), `_typeFilter of ${type}`);
      check(this.scopeIsKept(type, parameters.scopeFilters?.[type]), `scope of ${type}`);
    }
    check(this.isTold(parameters.ignored ?? []), 'ignored without a word');
    return excess;
  }

  private get level(): string {
    const { target } = this.given;
    return target === '' ? 'system' : target === 'Patient/' ? 'patient' : 'group';
  }

  private standings(): readonly Standing[] {
    const { form, parameters, method } = this.given;
    return [
      form,
      this.access(),
      ...parameters.map(({ name, standing }) =>
        name === 'patient' && (method === 'GET' || this.level === 'system') ? 'fatal' : standing,
      ),
      ...SINGLE.map((name) => (new Set(this.texts(name)).size > 1 ? 'fatal' : 'good')),
      new Set(this.texts('_outputFormat')).size > 1 ? 'open' : 'good',
      this.window(),
      this.named(),
      this.texts('includeAssociatedData').length > 0 && !this.mayHave('Provenance')
        ? 'ignorable'
        : 'good',
    ];
  }

  private access(): Standing {
    if (!this.rights) return 'fatal';
    if (this.level === 'group') {
      const isThere = this.given.target === `Group/${FUZZ_GROUP}/`;
      return isThere && this.mayHave('Group') ? 'good' : 'fatal';
    }
    if (this.level === 'patient' && !this.mayHave('Patient')) return 'fatal';
    return this.rights.allGroups ? 'good' : 'fatal';
  }

  private window(): Standing {
    const [since, until] = [this.texts('_since')[0], this.texts('_until')[0]].map(toTime);
    return since !== undefined && until !== undefined && !(since < until) ? 'fatal' : 'good';
  }

  /** The types that `_type` names; undefined when it was left out. */
  private namedTypes(): readonly string[] | undefined {
    const given = this.texts('_type');
    return given.length === 0 ? undefined : given.flatMap(items);
  }

  private named(): Standing {
    const named = this.namedTypes();
    if (!named) return 'good';
    const had = named.filter((type) => this.exported(type));
    if (had.length === 0) return 'fatal';
    if (had.length < named.length) return 'ignorable';
    return this.level !== 'system' && had.every((type) => OUTSIDE.includes(type)) ? 'open' : 'good';
  }

  private exported(type: string): boolean {
    const isThere = OFFERED_BY_DEFAULT.some((known) => known === type);
    return isThere && (type !== 'Group' || this.level === 'group') && this.mayHave(type);
  }

  private typesAreNarrow(types: readonly string[]): boolean {
    const named = this.namedTypes();
    const may = (type: string): boolean => this.exported(type) && (named?.includes(type) ?? true);
    return types.length > 0 && types.every(may);
  }

  private provenanceIsNarrow({ provenanceOf, provenance }: StoredParameters): boolean {
    if (provenanceOf.length === 0) return true;
    const associated = this.texts('includeAssociatedData').flatMap(items);
    const latest = associated.includes('LatestProvenanceResources');
    const relevant = associated.includes('RelevantProvenanceResources');
    const named = this.namedTypes();
    if (!this.mayHave('Provenance') || !provenanceOf.every((type) => this.mayHave(type)))
      return false;
    if (named && !named.includes('Provenance') && !latest && !relevant) return false;
    return provenance === 'latest' || !latest || relevant;
  }

  private instantIsKept(name: string, kept: string | null | undefined): boolean {
    const [given] = this.texts(name);
    if (given === undefined) return true;
    return kept != null && toTime(kept) === toTime(given);
  }

  private patientsAreKept(kept: readonly string[] | undefined): boolean {
    const given = this.texts('patient');
    if (given.length === 0) return true;
    return (kept?.length ?? 0) > 0 && kept?.every((id) => given.includes(`Patient/${id}`)) === true;
  }

  /** An item without a type is about every type. */
  private elementsAreKept(type: string, kept: readonly string[] | undefined): boolean {
    const given = this.texts('_elements').flatMap(items);
    const own = given.filter((item) => !/^[A-Z]\w*\./.test(item) || item.startsWith(`${type}.`));
    if (own.length === 0) return true;
    const names = own.map((item) => item.replace(/^[A-Z]\w*\./, '').replace(/\[x\]$/, ''));
    return kept?.every((name) => names.includes(name)) === true;
  }

  private filtersAreKept(type: string, kept: readonly string[] | undefined): boolean {
    const given = this.texts('_typeFilter').flatMap((text) => text.split(/,(?=[A-Z]\w*\?)/));
    const own = given.filter((query) => query.startsWith(`${type}?`));
    if (own.length === 0) return true;
    return (
      (kept?.length ?? 0) > 0 && kept?.every((query) => own.includes(`${type}?${query}`)) === true
    );
  }

  /** What a scope is restricted by holds whatever is asked (SEC-07). */
  private scopeIsKept(type: string, kept: readonly string[] | undefined): boolean {
    const filter = this.rights?.filters?.[type];
    return filter === undefined || (kept?.length === 1 && kept[0] === filter);
  }

  /** UN-03. */
  private isTold(ignored: readonly unknown[]): boolean {
    return ignored.length > 0 || !this.standings().includes('ignorable');
  }

  private texts(name: string): readonly string[] {
    return this.given.parameters.filter((given) => given.name === name).map(({ text }) => text);
  }

  private mayHave(type: string): boolean {
    return this.rights?.types.includes(type) === true;
  }
}

function items(text: string): readonly string[] {
  return text.split(',').map((item) => item.trim());
}

function toTime(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text.replace(/ (?=\d{2}:\d{2}$)/, '+'));
}
