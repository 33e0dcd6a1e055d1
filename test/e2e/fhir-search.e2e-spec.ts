import fc from 'fast-check';
import { Client } from 'pg';

import {
  checkSearch,
  searchPredicate,
  SearchValues,
  UnsupportedSearchError,
  VALUES_SETTING,
} from '../../libs/fhir-search/src';
import { searchParametersOf } from '../../libs/fhir-search/src/search-parameter';
import { OFFERED_BY_DEFAULT, RESOURCE_TYPES, type ResourceType } from '../../libs/fhir/src';
import { sampleResources } from '../../libs/sample-data/src';
import { Random } from '../../libs/sample-data/src/random';
import { readHl7Definitions } from '../../scripts/search-definitions/hl7-definitions';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { oddResource } from '../support/searches/odd-resources';
import { OWN_BASE } from '../support/searches/odd-values';
import { type Resource, SearchOracle } from '../support/searches/search-oracle';
import { SearchQueries } from '../support/searches/search-queries';

const ODD_RESOURCES = 40;
/**
 * For each parameter, and more until an answer is neither nothing nor everything. A long search for
 * differences: `SEARCH_QUERIES=100 SEARCH_SEED=… npm test -- fhir-search.e2e`.
 */
const QUERIES = Number(process.env['SEARCH_QUERIES'] ?? 1);
const SEED = Number(process.env['SEARCH_SEED'] ?? 3);
const MOST_QUERIES = QUERIES + 150;
const PAIRS = QUERIES * 3;
const HOSTILE_VALUES = QUERIES * 20;
const SAMPLE_RESOURCES = 12;
const CHARACTERS = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x1ffff }))
  .map((point) => String.fromCodePoint(point));
const HOSTILE = [
  "'",
  "''",
  '"',
  '\\\\',
  '\\',
  '$',
  '$$',
  '$v0',
  '|',
  ',',
  '--',
  '/*',
  ';',
  ') or true',
  '%',
  '_',
  '(?i)',
  '***=',
  '.*',
  '[',
  ')',
  '\n',
  'Eve',
];
const NOW = '2026-01-01T00:00:00Z';
/** Those that are offered, and one for each kind of parameter that only others have. SEARCH_TYPES=all: all. */
const TYPES: readonly ResourceType[] =
  process.env['SEARCH_TYPES'] === 'all'
    ? RESOURCE_TYPES
    : [...OFFERED_BY_DEFAULT, 'Invoice', 'MolecularSequence', 'RiskAssessment'];

const hl7 = readHl7Definitions(`${__dirname}/../..`);

describe('searches in PostgreSQL', () => {
  const oracle = new SearchOracle(hl7, OWN_BASE, Date.parse(NOW));
  const resources = new Map<ResourceType, Resource[]>();
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url, options: '-c jit=off' });
    await client.connect();
    await client.query(
      'create table version (type text, id text, last_updated timestamptz, content text)',
    );
    for (const type of TYPES) resources.set(type, oddResources(type));
    for (const { type, line } of sampleResources({ seed: 5, patients: 3 })) {
      const some = resources.get(type) ?? [];
      if (some.length < ODD_RESOURCES + SAMPLE_RESOURCES) some.push(stamped(line));
    }
    await store([...resources.values()].flat());
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it.each(TYPES)(
    'find the same %s as HL7’s FHIRPath and R4’s comparisons outside of it (PR-70, PR-76)',
    async (type) => {
      const all = resources.get(type) ?? [];
      const random = new Random(SEED + 4, streamOf(type));
      const queries = new SearchQueries(oracle, all, random);
      const names = [...searchParametersOf(type).keys()];
      const wrong: string[] = [];
      const compare = async (...alternatives: readonly string[]): Promise<boolean> => {
        const query = alternatives.join(' or ');
        const expected = all
          .filter((one) => alternatives.some((each) => oracle.matches(one, each)))
          .map(({ id }) => id);
        const found = await search(type, alternatives);
        if (found.join() !== expected.sort().join()) {
          wrong.push(`${query}: ${difference(found, expected)}`);
        }
        return expected.length > 0 && expected.length < all.length;
      };

      for (const name of names) {
        let telling = 0;
        for (let asked = 0; asked < QUERIES || (telling === 0 && asked < MOST_QUERIES); asked++) {
          if (await compare(queries.criterion(name))) telling++;
        }
        if (telling === 0) wrong.push(`${name}: found nothing or everything, whatever was asked`);
      }
      for (let asked = 0; asked < PAIRS; asked++) {
        const [one, other] = [random.pick(names), random.pick(names)];
        await compare(`${queries.criterion(one)}&${queries.criterion(other)}`);
        await compare(queries.criterion(one), queries.criterion(one), queries.criterion(other));
      }

      expect(wrong).toStrictEqual([]);
    },
  );

  it.each(['name', 'name:exact', 'name:contains', 'identifier', '_source', 'organization', '_id'])(
    'take whatever a client writes as %s for text, never for SQL or a path',
    async (name) => {
      const hostile = fc.oneof(
        fc.array(CHARACTERS, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('')),
        fc
          .array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 5 })
          .map((parts) => parts.join('')),
      );
      const all = resources.get('Patient') ?? [];
      let tried = 0;

      await fc.assert(
        fc.asyncProperty(hostile, async (value) => {
          const query = `${name}=${encodeURIComponent(value)}`;
          if (isRefused('Patient', query)) return;
          tried++;
          const expected = all.filter((one) => oracle.matches(one, query)).map(({ id }) => id);
          expect(await search('Patient', query)).toStrictEqual(expected.sort());
        }),
        { numRuns: HOSTILE_VALUES, seed: SEED },
      );

      // A reference must be an id or a URL, which hardly any of them is.
      expect(tried).toBeGreaterThanOrEqual(name === 'organization' ? 0 : 1);
    },
  );

  it.each<[ResourceType, string, string]>([
    ['Patient', 'gender=http://hl7.org/fhir/administrative-gender|male', 'gender=male'],
    ['Encounter', 'status=http://hl7.org/fhir/encounter-status|', 'status:missing=false'],
    ['Patient', 'active=true', 'active=true,true'],
    ['Patient', 'gender=|male', 'gender=male'],
  ])('know the code system that a bare code is of: %s?%s is %s', async (type, query, same) => {
    const found = await search(type, query);

    expect(found.length).toBeGreaterThan(0);
    expect(found).toStrictEqual(await search(type, same));
  });

  it('find no bare code in a system that it is not of', async () => {
    expect(await search('Patient', 'gender=http://loinc.org|male')).toStrictEqual([]);
  });

  it('let a version without content pass where it is counted as unreadable, and nowhere else', async () => {
    await client.query(
      `insert into version values ('Device', 'empty', now(), ''), ('Device', 'none', now(), null)`,
    );

    expect(await search('Device', 'status=nothing')).toStrictEqual(['empty', 'none']);
    expect(await search('Device', 'status:not=nothing', false)).not.toContain('empty');
  });

  it('read JSON that jsonb refuses', async () => {
    const content = String.raw`{"resourceType":"Goal","id":"nul","identifier":[{"value":"\\u0000 \u0000 \ud800"}],"category":[{"text":"\u00e9","coding":[{"code":"f\u00fcr"}]}]}`;
    await client.query(`insert into version values ('Goal', 'nul', now(), $1)`, [content]);

    expect(await search('Goal', 'category=f%C3%BCr')).toStrictEqual(['nul']);
  });

  async function search(
    type: ResourceType,
    query: string | readonly string[],
    keepsUnreadable = true,
  ): Promise<readonly string[]> {
    const values = new SearchValues();
    const predicate = searchPredicate(type, [[query].flat()], {
      values,
      fhirBase: OWN_BASE,
      now: NOW,
      keepsUnreadable,
    });
    await client.query('select set_config($1, $2, false)', [VALUES_SETTING, values.setting ?? '']);
    const { rows } = await client.query<{ id: string }>(
      `select v.id from version v where v.type = '${type}' and ${predicate}`,
    );
    return rows.map(({ id }) => id).sort();
  }

  async function store(all: readonly Resource[]): Promise<void> {
    await client.query(
      `insert into version
       select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[])`,
      [
        all.map(({ resourceType }) => resourceType),
        all.map(({ id }) => id),
        all.map((one) => (one as { meta?: { lastUpdated?: string } }).meta?.lastUpdated),
        all.map(spelled),
      ],
    );
  }
});

function oddResources(type: ResourceType): Resource[] {
  const random = new Random(SEED, streamOf(type));
  return Array.from(
    { length: ODD_RESOURCES },
    (_, index) => oddResource(type, `odd-${index}`, random, hl7) as unknown as Resource,
  );
}

function isRefused(type: ResourceType, query: string): boolean {
  try {
    checkSearch(type, query);
    return false;
  } catch (error) {
    if (error instanceof UnsupportedSearchError) return true;
    throw error;
  }
}

function stamped(line: string): Resource {
  const resource = JSON.parse(line) as Resource & { meta?: object };
  return {
    ...resource,
    meta: { ...resource.meta, lastUpdated: '2020-02-01T10:00:00.500Z' },
  } as Resource;
}

/** JSON as various writers spell it: escapes where none are needed, white space. */
function spelled(resource: Resource): string {
  const text = JSON.stringify(resource);
  switch (resource.id.length % 4) {
    case 0:
      return text.replaceAll(
        /[^\x20-\x7e]/g,
        (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    case 1:
      return text.replaceAll('/', '\\/');
    case 2:
      return JSON.stringify(resource, undefined, 1).replaceAll('\n', ' ');
    default:
      return text;
  }
}

function difference(found: readonly string[], expected: readonly string[]): string {
  const extra = found.filter((id) => !expected.includes(id));
  const missing = expected.filter((id) => !found.includes(id));
  return `extra ${extra.join(' ')}; missing ${missing.join(' ')}`;
}

/** The same for a type whichever others there are. */
function streamOf(type: ResourceType): number {
  return Buffer.from(type).reduce((sum, byte) => (sum * 31 + byte) % 65_536, 0);
}
