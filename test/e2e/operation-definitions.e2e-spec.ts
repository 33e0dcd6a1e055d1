import { ConvertToJs } from 'fhir/convertToJs';
import request from 'supertest';

import { EXPORT_PARAMETERS } from '@app/fhir';

import { startTestApp, type TestApp } from '../support/app';

interface OperationDefinition {
  readonly resourceType: string;
  readonly url: string;
  readonly code: string;
  readonly base: string;
  readonly system: boolean;
  readonly type: boolean;
  readonly instance: boolean;
  readonly resource?: readonly string[];
  readonly parameter: readonly {
    readonly name: string;
    readonly use: string;
    readonly type: string;
  }[];
}

interface Operation {
  readonly name: string;
  readonly definition: string;
}

interface CapabilityStatement {
  readonly rest: readonly [
    {
      readonly operation?: readonly Operation[];
      readonly resource: readonly { readonly operation?: readonly Operation[] }[];
    },
  ];
}

const LEVELS = [
  ['export', { system: true, type: false, instance: false }, undefined],
  ['patient-export', { system: false, type: true, instance: false }, ['Patient']],
  ['group-export', { system: false, type: false, instance: true }, ['Group']],
] as const;

describe('GET OperationDefinition', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startTestApp({ ROLE: 'api' });
  });

  afterAll(() => service.close());

  const read = async (id: string): Promise<OperationDefinition> =>
    (await request(service.url).get(`/fhir/OperationDefinition/${id}`).expect(200))
      .body as OperationDefinition;

  it.each(LEVELS)(
    'describes %s, a constraint of the guide’s definition, without a token (KO-04, CS-03 to CS-06)',
    async (id, level, resource) => {
      expect(await read(id)).toMatchObject({
        resourceType: 'OperationDefinition',
        url: `${service.fhirBase}/OperationDefinition/${id}`,
        base: `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${id}`,
        kind: 'operation',
        code: 'export',
        ...level,
      });
      expect((await read(id)).resource).toStrictEqual(resource);
    },
  );

  it('is there for every operation that the CapabilityStatement names, and for no other (CS-02)', async () => {
    const answer = await request(service.url).get('/fhir/metadata').expect(200);
    const [rest] = (answer.body as CapabilityStatement).rest;
    const named = [
      ...(rest.operation ?? []),
      ...rest.resource.flatMap((one) => one.operation ?? []),
    ];

    const bases = await Promise.all(
      named.map(async ({ definition }) => (await read(definition.split('/').at(-1) ?? '')).base),
    );

    expect(named.length).toBeGreaterThan(1);
    expect(bases).toStrictEqual(named.map(({ definition }) => definition));
    const other = await request(service.url).get('/fhir/OperationDefinition/nothing').expect(404);
    expect(other.body).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it.each(LEVELS)(
    'lists for %s the parameters that a kick-off takes, and no others (EN-02, PR-52)',
    async (id) => {
      const { parameter } = await read(id);

      const names = EXPORT_PARAMETERS.map(({ name }) => name);
      const taken = names.filter((name) => id !== 'export' || name !== 'patient');
      expect(parameter.map(({ name }) => name)).toStrictEqual(taken);
      expect(new Set(parameter.map(({ use }) => use))).toStrictEqual(new Set(['in']));
    },
  );

  it('loses nothing in XML', async () => {
    const answer = await request(service.url)
      .get('/fhir/OperationDefinition/group-export?_format=xml')
      .expect(200);

    const back: unknown = new ConvertToJs().convert(answer.text);

    expect(back).toStrictEqual(await read('group-export'));
  });
});
