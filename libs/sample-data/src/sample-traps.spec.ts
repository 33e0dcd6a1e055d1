import { type SampleResource } from './index';
import { byType, listOf, valuesAt } from './testing/sample-reading';

/** What a careless server gets wrong, each found in the text of at least one of 50 patients. */
const TEXT_TRAPS: readonly (readonly [trap: string, pattern: RegExp])[] = [
  ['a decimal that ends in zero: 1.10', /"value":1\.10[,}]/],
  ['a decimal that ends in zero: 37.0', /"value":37\.0[,}]/],
  ['a decimal that ends in zero: 0.50', /"value":0\.50[,}]/],
  ['a decimal with an exponent', /"value":[\d.]+e-3[,}]/],
  ['a Latin letter beyond ASCII', /ë|é|ø|ü/],
  ['a Vietnamese name', /Đặng|Nguyễn/],
  ['a Chinese name', /李/],
  ['an emoji', /😊/],
  ['an escaped line break', /[^\\]\\n/],
  ['an escaped quotation mark', /[^\\]\\"/],
  ['an escaped backslash', /\\\\/],
  ['an escaped line separator', /\\u2028/],
  ['a line separator as it is', /\u2028/],
  ['a paragraph separator as it is', /\u2029/],
  ['no meta at all', /^(?!.*"meta":)/],
  ['meta with version and time', /"meta":\{"versionId":"\d","lastUpdated":"[^"]+"/],
  ['meta with only a profile', /"meta":\{"profile":\["[^"]+"\]\}/],
  ['meta with only a tag', /"meta":\{"tag":\[\{[^}]+\}\]\}/],
  ['meta at the end', /,"meta":\{[^{}]+\}\}$/],
  ['a time with a zone', /"lastUpdated":"[^"]+-05:00"/],
  ['a time with microseconds', /"lastUpdated":"[^"]+\.\d{6}Z"/],
];

describe.each([1, 2, 3])('the traps in the sample of seed %i', (seed) => {
  let sample: readonly SampleResource[];

  beforeAll(() => {
    sample = listOf(seed, 50);
  });

  it.each(TEXT_TRAPS)('include %s', (_, pattern) => {
    expect(sample.some(({ line }) => pattern.test(line))).toBe(true);
  });

  it.each([
    ['Observation', 'performer.reference'],
    ['Condition', 'asserter.reference'],
    ['DocumentReference', 'author.reference'],
    ['Patient', 'link.other.reference'],
    ['Provenance', 'target.reference'],
  ])('include a %s whose %s is another patient', (type, path) => {
    const foreign = sample.filter((resource) =>
      valuesAt(JSON.parse(resource.line), path).some(
        (target) => isPatient(target) && target !== `Patient/${String(resource.patientId)}`,
      ),
    );

    expect(foreign.map((resource) => resource.type)).toContain(type);
  });

  it('include Provenance with one target, with several, and with a Patient', () => {
    const targets = byType(sample, 'Provenance').map((one) => valuesAt(one, 'target.reference'));

    expect(targets.some((target) => target.length === 1)).toBe(true);
    expect(targets.some((target) => target.length > 2)).toBe(true);
    expect(targets.some((target) => target.length === 1 && isPatient(target[0]))).toBe(true);
  });

  it('include Provenance whose agents are a Practitioner and an Organization', () => {
    const [first] = byType(sample, 'Provenance');

    expect(valuesAt(first, 'agent.who.reference')).toStrictEqual([
      expect.stringMatching(/^Practitioner\//),
      expect.stringMatching(/^Organization\//),
    ]);
  });

  it('include devices that belong to a patient and devices that are shared', () => {
    const owned = byType(sample, 'Device').map((device) => valuesAt(device, 'patient').length);

    expect(new Set(owned)).toStrictEqual(new Set([0, 1]));
  });

  it('include documents inline, in a Binary of the patient, and in one that is nobody’s', () => {
    const documents = byType(sample, 'DocumentReference');
    const owners = byType(sample, 'Binary').map(
      (one) => valuesAt(one, 'securityContext.reference').length,
    );

    expect(documents.some((one) => valuesAt(one, 'content.attachment.data').length > 0)).toBe(true);
    expect(documents.some((one) => valuesAt(one, 'content.attachment.url').length > 0)).toBe(true);
    expect(new Set(owners)).toStrictEqual(new Set([0, 1]));
  });

  it.each([
    ['Patient', 'photo.url'],
    ['DiagnosticReport', 'presentedForm.url'],
  ])('include a %s whose %s leads to a Binary', (type, path) => {
    expect(byType(sample, type).flatMap((one) => valuesAt(one, path))).toContainEqual(
      expect.stringMatching(/^Binary\//),
    );
  });

  it('include prescriptions by code and by reference to a Medication', () => {
    const requests = byType(sample, 'MedicationRequest');
    const referring = requests.filter((one) => valuesAt(one, 'medicationReference').length > 0);
    const coded = requests.filter((one) => valuesAt(one, 'medicationCodeableConcept').length > 0);

    expect(referring.length).toBeGreaterThan(0);
    expect(coded.length).toBeGreaterThan(0);
    expect(referring.length + coded.length).toBe(requests.length);
  });

  it('include a way from an Encounter over its Location to the parent organization', () => {
    const resources = new Map(sample.map(({ type, id, line }) => [`${type}/${id}`, line]));
    const follow = (from: unknown, path: string): unknown =>
      JSON.parse(resources.get(String(valuesAt(from, `${path}.reference`)[0])) ?? '{}');
    const [encounter] = byType(sample, 'Encounter');
    const room = follow(encounter, 'location.location');
    const parent = follow(follow(room, 'managingOrganization'), 'partOf');

    expect(valuesAt(parent, 'resourceType')).toStrictEqual(['Organization']);
  });

  it('include practitioners whom no chart mentions', () => {
    const charts = sample.filter(({ patientId }) => patientId !== null);
    const mentioned = new Set(
      charts.flatMap(({ line }) => line.match(/Practitioner(?:Role)?\/[\w-]+/g) ?? []),
    );
    const roles = byType(sample, 'PractitionerRole').filter(
      (role) =>
        !mentioned.has(`PractitionerRole/${String(valuesAt(role, 'id')[0])}`) &&
        !mentioned.has(String(valuesAt(role, 'practitioner.reference')[0])),
    );

    expect(mentioned.size).toBeGreaterThan(0);
    expect(roles.length).toBeGreaterThan(0);
  });
});

function isPatient(target: unknown): boolean {
  return typeof target === 'string' && target.startsWith('Patient/');
}
