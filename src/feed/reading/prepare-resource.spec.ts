import { KnownBases } from './known-bases';
import { InvalidResourceError } from './loader.errors';
import { prepareResource, type PreparedResource, type PrepareOptions } from './prepare-resource';

const OPTIONS: PrepareOptions = {
  keepMeta: false,
  bases: new KnownBases(),
  withIdentifiers: false,
};

function prepare(text: string | Buffer, options: Partial<PrepareOptions> = {}): PreparedResource {
  return prepareResource(Buffer.from(text), { ...OPTIONS, ...options });
}

function reasonOf(text: string | Buffer): string {
  try {
    prepare(text);
  } catch (error) {
    if (error instanceof InvalidResourceError) return error.reason;
    throw error;
  }
  return 'none';
}

describe('prepareResource', () => {
  it.each([
    ['{"resourceType":"Patient","id":"p"', /^not valid JSON/],
    ['not json', /^not valid JSON/],
    ['[]', /^not a JSON object$/],
    ['null', /^not a JSON object$/],
    ['{"id":"p"}', /^resourceType is missing$/],
    ['{"resourceType":"Person1","id":"p"}', /^resourceType is not/],
    ['{"resourceType":5,"id":"p"}', /^resourceType is not/],
    ['{"resourceType":"Patient"}', /^id is missing$/],
    ['{"resourceType":"Patient","id":5}', /^id is not a FHIR id$/],
    ['{"resourceType":"Patient","id":"a b"}', /^id is not a FHIR id$/],
    [`{"resourceType":"Patient","id":"${'x'.repeat(65)}"}`, /^id is not a FHIR id$/],
    ['{"resourceType":"Patient","id":"p","id":"q"}', /^id occurs twice$/],
    ['{"resourceType":"Patient","id":"p","\\u0069d":"q"}', /^id occurs twice$/],
    ['{"resourceType":"Patient","resourceType":"Patient","id":"q"}', /^resourceType occurs twice$/],
    ['{"resourceType":"Patient","id":"p","meta":{},"meta":{}}', /^meta occurs twice$/],
    [
      '{"resourceType":"Patient","id":"p","meta":{"versionId":"1","versionId":"2"}}',
      /^versionId occurs twice$/,
    ],
    ['{"resourceType":"Patient","id":"p","meta":[]}', /^meta is not an object$/],
    ['{"resourceType":"Patient","id":"p",\r"x":1}', /^a carriage return inside the line$/],
    [Buffer.from('{"resourceType":"Patient","id":"p","x":"\xff"}', 'latin1'), /^not valid UTF-8$/],
    ['{"resourceType":"Patient","id":"p","x":"\u0000"}', /^not valid JSON/],
    ['{"resourceType":"Patient","id":"p","x":"\u0001"}', /^not valid JSON/],
  ])('refuses %j', (text, reason) => {
    expect(reasonOf(text)).toMatch(reason);
  });

  it('never quotes the text in its reasons', () => {
    expect(reasonOf('{"resourceType":"Patient","name":Secret}')).not.toContain('Secret');
  });

  it('has one digest whatever the two values of the store are', () => {
    const digests = [
      '{"resourceType":"Patient","id":"p","x":1.10}',
      '{"resourceType":"Patient","id":"p","meta":{},"x":1.10}',
      '{"resourceType":"Patient","id":"p","meta":{"versionId":"3","lastUpdated":"x"},"x":1.10}',
    ].map((text) => prepare(text).digest.toString('hex'));

    expect(new Set(digests).size).toBe(1);
  });

  it('has another digest for any other difference', () => {
    const digests = [
      '{"resourceType":"Patient","id":"p","x":1.10}',
      '{"resourceType":"Patient","id":"p","x":1.1}',
      '{"resourceType":"Patient","id":"p", "x":1.10}',
      '{"resourceType":"Patient","id":"p","meta":{"tag":[]},"x":1.10}',
    ].map((text) => prepare(text).digest.toString('hex'));

    expect(new Set(digests).size).toBe(4);
  });

  it.each([
    ['"versionId":"12","lastUpdated":"2020-01-01T00:00:00.123456Z"', 12n, 1577836800123456n],
    ['"versionId":"0","lastUpdated":"2020-01-01"', undefined, undefined],
    ['"versionId":"v1"', undefined, undefined],
    ['"versionId":"99999999999999999999"', undefined, undefined],
  ])('reads the meta that is kept: %s', (meta, version, updated) => {
    const resource = prepare(`{"resourceType":"Patient","id":"p","meta":{${meta}}}`, {
      keepMeta: true,
    });

    expect([resource.givenVersion, resource.givenUpdated]).toStrictEqual([version, updated]);
  });

  it('takes nesting that is deeper than the call stack', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;

    const resource = prepare(
      `{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"x":${deep}}`,
    );

    expect(resource.patients).toStrictEqual(['p']);
  });
});
