import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { samplePatientId, sampleResources } from '../../libs/sample-data/src';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { expectedExport, exportedLine, type Given } from '../support/truth';

const SAMPLE = { seed: 7, patients: 48 };
/** Among them a mother with her child, and one who has a photo. */
const MEMBERS = [4, 5, 9, 12, 13, 22].map((index) => samplePatientId(SAMPLE.seed, index));
const [member = ''] = MEMBERS;
const outsider = samplePatientId(SAMPLE.seed, 1);

/** What a member's resources point at although it is somebody else's. */
const OTHERS_DEVICE = given('Device', 'others-device', { patient: to('Patient', outsider) });
const OTHERS_BINARY = given('Binary', 'others-binary', {
  contentType: 'text/plain',
  securityContext: to('Patient', outsider),
  data: 'AAAA',
});
const POINTERS: readonly Given[] = [
  given('Procedure', 'pointing-procedure', {
    status: 'completed',
    subject: to('Patient', member),
    focalDevice: [{ manipulated: to('Device', OTHERS_DEVICE.id) }],
  }),
  given('DocumentReference', 'pointing-document', {
    status: 'current',
    subject: to('Patient', member),
    content: [{ attachment: { url: `Binary/${OTHERS_BINARY.id}` } }],
  }),
];

describe('every supported resource', () => {
  const input = [...sampleResources(SAMPLE), OTHERS_DEVICE, OTHERS_BINARY, ...POINTERS];
  const byKey = new Map(input.map((one) => [`${one.type}/${one.id}`, one]));
  const expected = expectedExport(input, new Set(MEMBERS), () => true);
  const expectedIds = (type: string): readonly string[] =>
    type === 'Group' ? ['SOME'] : [...(expected.get(type) ?? [])].sort();
  let service: GivenApp;
  let named: ReadonlyMap<string, readonly string[]>;
  let byDefault: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    const everybody = Array.from({ length: SAMPLE.patients }, (_, index) =>
      samplePatientId(SAMPLE.seed, index),
    );
    service = await startGivenApp(input, { SOME: MEMBERS, ALL: everybody });
    named = await service.exported(`Group/SOME/$export?_type=${OFFERED_BY_DEFAULT.join(',')}`);
    byDefault = await service.exported('Group/SOME/$export');
  });

  afterAll(() => service.close());

  describe.each(OFFERED_BY_DEFAULT)('“can extract bulk data from … %s”', (type) => {
    it('gives what belongs to members or is linked from them, each once, and nothing else', () => {
      expect(idsOf(named.get(type))).toStrictEqual(expectedIds(type));
    });

    it('gives it byte for byte, but for relative URLs of Binaries', () => {
      const lines = named.get(type) ?? [];
      const changed = lines.filter((line) => {
        const one = byKey.get(`${type}/${(JSON.parse(line) as { id: string }).id}`);
        return type !== 'Group' && (!one || line !== exportedLine(one, service.fhirBase));
      });

      expect(lines.length).toBeGreaterThan(0);
      expect(changed).toStrictEqual([]);
    });

    it('is tried on data of which some must stay out', () => {
      const loaded =
        type === 'Group'
          ? ['ALL', 'SOME']
          : input.filter((one) => one.type === type).map(({ id }) => id);

      expect(loaded.filter((id) => !expectedIds(type).includes(id))).not.toStrictEqual([]);
    });

    it('gives it by default, Binary only to those who name it (DT-05)', () => {
      expect(idsOf(byDefault.get(type))).toStrictEqual(type === 'Binary' ? [] : expectedIds(type));
    });
  });

  it('has resources in the compartments of two members, which appear once', () => {
    const shared = input.filter(({ line }) => {
      const named = new Set(MEMBERS.filter((id) => line.includes(`"Patient/${id}"`)));
      return named.size > 1;
    });
    const types = new Set(shared.map(({ type }) => type));

    expect([...types]).toStrictEqual(expect.arrayContaining(['Condition', 'Observation']));
    for (const type of types) {
      const ids = idsOf(named.get(type));
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('never gives what names its patient as somebody else’s link', () => {
    expect(idsOf(named.get('Procedure'))).toContain('pointing-procedure');
    expect(idsOf(named.get('DocumentReference'))).toContain('pointing-document');
    expect(idsOf(named.get('Device'))).not.toContain(OTHERS_DEVICE.id);
    expect(idsOf(named.get('Binary'))).not.toContain(OTHERS_BINARY.id);
  });

  it('gives forms and instruments that are nobody’s with those who use them', () => {
    const shared = (type: string): readonly string[] =>
      (named.get(type) ?? []).filter((line) => !/"(?:securityContext|patient)":/.test(line));

    expect(shared('Binary').length).toBeGreaterThan(0);
    expect(shared('Device').length).toBeGreaterThan(0);
  });
});
