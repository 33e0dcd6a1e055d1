import type { JsonObject } from './json-values';
import { KnownBases } from './known-bases';
import { readFacts, type ResourceFacts } from './resource-facts';

const BASES = new KnownBases(['https://ehr.example.org/fhir']);

function factsOf(resource: JsonObject & { readonly resourceType: string }): ResourceFacts {
  return readFacts(resource, { type: resource.resourceType, id: 'x' }, BASES);
}

describe('readFacts', () => {
  it('puts a Patient into its own compartment only', () => {
    const { patients } = factsOf({
      resourceType: 'Patient',
      link: [{ other: { reference: 'Patient/q' } }],
    });

    expect(patients).toStrictEqual(['x']);
  });

  it('names the patient whom a resource is about first, then the others', () => {
    const { patients } = factsOf({
      resourceType: 'Observation',
      performer: [{ reference: 'Practitioner/d' }, { reference: 'Patient/a' }],
      subject: { reference: 'Patient/s/_history/3' },
    });

    expect(patients).toStrictEqual(['s', 'a']);
  });

  it('follows paths through arrays', () => {
    const { patients } = factsOf({
      resourceType: 'CareTeam',
      participant: [
        { member: { reference: 'Patient/a' } },
        { role: [] },
        { member: { reference: 'https://ehr.example.org/fhir/Patient/b' } },
      ],
    });

    expect(patients).toStrictEqual(['a', 'b']);
  });

  it('takes no reference from elsewhere for one of ours', () => {
    const { patients } = factsOf({
      resourceType: 'Condition',
      subject: { reference: 'https://other.example.org/fhir/Patient/a' },
    });

    expect(patients).toStrictEqual([]);
  });

  it('collects links at any depth, of contained resources and attachments', () => {
    const { links } = factsOf({
      resourceType: 'DocumentReference',
      subject: { reference: 'Patient/p' },
      contained: [{ resourceType: 'Claim', provider: { reference: 'Organization/o' } }],
      content: [{ attachment: { url: 'Binary/b' } }, { attachment: { url: 'Organization/no' } }],
      context: { related: [{ reference: 'Encounter/e' }, { reference: '#c' }] },
    });

    expect([...links].sort()).toStrictEqual(['Binary/b', 'Organization/o']);
  });

  it('links nothing from a resource that is in no compartment and no target either', () => {
    const { links } = factsOf({
      resourceType: 'Observation',
      performer: [{ reference: 'Practitioner/d' }],
    });

    expect(links).toStrictEqual([]);
  });

  it('reads what a Provenance is about, and no links from it', () => {
    const facts = factsOf({
      resourceType: 'Provenance',
      target: [{ reference: 'Patient/p' }, { reference: 'Observation/o/_history/2' }],
      agent: [{ who: { reference: 'Practitioner/d' } }],
    });

    expect(facts).toStrictEqual({
      patients: [],
      links: [],
      targets: ['Patient/p', 'Observation/o'],
      unresolved: [],
      hasFollowedBase: false,
    });
  });

  it('survives elements of a wrong shape', () => {
    const { patients } = factsOf({
      resourceType: 'Observation',
      subject: [null, 'Patient/a', { reference: 5 }],
      performer: 7,
    });

    expect(patients).toStrictEqual([]);
  });
});
