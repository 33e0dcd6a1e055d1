import { decodeJwt } from 'jose';

import { compartmentPaths, RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { ensurePartitions } from '../../src/clinical-data';
import { RESOURCE_CATALOG } from '../../src/extractors';
import { kickOff } from '../support/export';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { registerApp } from '../support/registered-app';
import type { Given } from '../support/truth';

const kindOf = (type: ResourceType): string => RESOURCE_CATALOG[type].kind;
const OWN = RESOURCE_TYPES.filter(
  (type) => type !== 'Patient' && ['patient', 'owned-or-linked'].includes(kindOf(type)),
);
const LINKED = RESOURCE_TYPES.filter((type) => kindOf(type) === 'linked');

/** A resource in the compartment of a patient by the first element that R4 names. */
function ofPatient(type: ResourceType, id: string, patient: string): Given {
  const [path = ''] = compartmentPaths(type);
  const members = path.split('.').reverse();
  const body = members.reduce<object>((inner, name) => ({ [name]: inner }), to('Patient', patient));
  return given(type, id, body);
}

/** One of each type that is the member's, or that the member's `Basic` points at, and one that is not. */
function recordOf(patient: string): readonly Given[] {
  const pointers = LINKED.map((type) => ({
    url: 'urn:test:points-at',
    valueReference: to(type, `${patient}-${type}`),
  }));
  return [
    given('Patient', patient),
    ...OWN.filter((type) => type !== 'Basic').map((type) =>
      ofPatient(type, `${patient}-${type}`, patient),
    ),
    given('Basic', `${patient}-Basic`, { subject: to('Patient', patient), extension: pointers }),
    ...LINKED.map((type) => given(type, `${patient}-${type}`)),
  ];
}

describe('every type of the catalog', () => {
  const named = ['Patient', ...OWN, ...LINKED];
  let service: GivenApp;
  let lines: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    const input = [...recordOf('member'), ...recordOf('other')];
    service = await startGivenApp(input, { SOME: ['member'] }, { RESOURCE_TYPES: '*' });
    lines = await service.exported(`Group/SOME/$export?_type=${named.join(',')}`);
  });

  afterAll(() => service.close());

  it.each([...OWN, ...LINKED])('gives the %s of a member, and of nobody else', (type) => {
    expect(idsOf(lines.get(type))).toStrictEqual([`member-${type}`]);
  });

  it('can be searched by, trimmed and read as those of the vendor are (PR-42, PR-70)', async () => {
    const trimmed = await service.exported(
      'Group/SOME/$export?_type=Claim,RiskAssessment&_elements=Claim.patient&_typeFilter=Claim%3F_id%3Dmember-Claim',
    );
    const read = await fetch(`${service.fhirBase}/Claim/member-Claim`, {
      headers: { Authorization: `Bearer ${service.token}` },
    });

    const [claim = '{}'] = trimmed.get('Claim') ?? [];
    expect(JSON.parse(claim)).toMatchObject({ id: 'member-Claim', patient: {} });
    expect(idsOf(trimmed.get('RiskAssessment'))).toStrictEqual(['member-RiskAssessment']);
    expect(read.status).toBe(200);
  });

  it('gets a table of its own, in which everything is as it was', async () => {
    const { dataSource } = service;
    const tablesOf = (type: string): Promise<{ table: string; rows: number }[]> =>
      dataSource.query(
        `select tableoid::regclass::text as table, count(*)::integer as rows
         from clinical.resource where type = $1 group by 1`,
        [type],
      );
    const settings = (table: string): Promise<unknown> =>
      dataSource.query(
        `select c.reloptions, t.tgname, t.tgenabled, t.tgtype from pg_class c
         left join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal
         where c.oid = $1::regclass order by 2`,
        [`clinical.resource_${table}`],
      );
    expect(await tablesOf('Claim')).toStrictEqual([{ table: 'clinical.resource_other', rows: 2 }]);

    const first = await ensurePartitions(dataSource, ['Patient', 'Claim']);
    const again = await ensurePartitions(dataSource, ['Patient', 'Claim']);

    expect(first).toStrictEqual({ added: ['Claim'], busy: [] });
    expect(again).toStrictEqual({ added: [], busy: [] });
    expect(await tablesOf('Claim')).toStrictEqual([{ table: 'clinical.resource_claim', rows: 2 }]);
    expect(await tablesOf('Basic')).toStrictEqual([{ table: 'clinical.resource_other', rows: 2 }]);
    expect(await settings('claim')).toStrictEqual(await settings('goal'));
    const after = await service.exported('Group/SOME/$export?_type=Claim,Basic');
    expect(after.get('Claim')).toStrictEqual(lines.get('Claim'));
    expect(after.get('Basic')).toStrictEqual(lines.get('Basic'));
  });

  it('leaves a type where it is while the store is in use, and says so', async () => {
    const runner = service.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query('select count(*) from clinical.resource');

      const ensured = await ensurePartitions(service.dataSource, ['Account']);

      expect(ensured).toStrictEqual({ added: [], busy: ['Account'] });
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  });
});

describe('RESOURCE_TYPES', () => {
  const OFFERED = ['Claim', 'Condition', 'Group', 'Patient'];
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(
      recordOf('member'),
      { SOME: ['member'] },
      { RESOURCE_TYPES: 'Patient, Condition,Claim,Group', FHIR_WRITES: 'true' },
    );
  });

  afterAll(() => service.close());

  const get = (path: string): Promise<Response> =>
    fetch(`${service.fhirBase}/${path}`, {
      headers: { Authorization: `Bearer ${service.token}`, Accept: 'application/fhir+json' },
    });

  it('is what the CapabilityStatement, discovery and the API’s description list (CS-07, SM-06)', async () => {
    const statement = (await (await get('metadata')).json()) as {
      rest: { resource: { type: string }[] }[];
    };
    const discovery = (await (await get('.well-known/smart-configuration')).json()) as {
      scopes_supported: string[];
    };
    const document = await (await fetch(`${service.url}/docs-json`)).text();

    expect(statement.rest[0]?.resource.map(({ type }) => type)).toStrictEqual(OFFERED);
    expect(discovery.scopes_supported).toContain('system/Claim.rs');
    expect(discovery.scopes_supported.join(' ')).not.toContain('Observation');
    expect(document).toContain('"enum":["Claim","Condition","Group","Patient"]');
  });

  it('is all that an export gives when _type is left out (PR-31)', async () => {
    const lines = await service.exported('Group/SOME/$export');

    expect([...lines.keys()].sort()).toStrictEqual(OFFERED);
  });

  it.each([
    ['_type=Observation', '_type'],
    ['_typeFilter=Observation%3Fstatus%3Dfinal', '_typeFilter'],
    ['_elements=Observation.status', '_elements'],
  ])(
    'refuses %s, which names a type that is known and not offered (PR-36)',
    async (query, name) => {
      const answer = await get(`Group/SOME/$export?${query}`);

      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(`"${name}"`);
    },
  );

  it('keeps other types from being granted and licensed, read and written', async () => {
    const reader = await registerApp(service, { fhirWrites: true });
    const token = await reader.token('system/Observation.rs system/Claim.rs');
    const read = await get('Observation/member-Observation');
    const written = await fetch(`${service.fhirBase}/Observation/x`, {
      method: 'PUT',
      headers: {
        Authorization: `Bearer ${await reader.token('system/*.cruds')}`,
        'Content-Type': 'application/fhir+json',
      },
      body: given('Observation', 'x').line,
    });

    await expect(
      registerApp(service, { resourceTypes: ['Patient', 'Observation'] }),
    ).rejects.toThrow('"Observation" is not a resource type');
    expect(decodeJwt(token)).toMatchObject({ scope: 'system/Claim.rs' });
    for (const answer of [read, written]) {
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('Observation is not served here');
    }
  });

  it('leaves what is stored as it is', async () => {
    const kept = await service.dataSource.query<unknown[]>(
      "select id from clinical.resource where type = 'Observation'",
    );

    expect(kept).toHaveLength(1);
    expect(await kickOff(service, 'Group/SOME/$export?_type=Claim', service.token)).toBeTruthy();
  });
});
