import { readBundle } from './bundle-reader';
import { conditionalKey } from './conditional-key';
import { rewriteReferences } from './link-rewrite';

function resourcesOf(bundle: string): readonly (string | undefined)[] {
  return [...readBundle(Buffer.from(bundle))].map(({ text }) => text?.toString());
}

function bundle(...entries: readonly string[]): string {
  return `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`;
}

describe('readBundle', () => {
  it('puts each resource on one line and keeps its numbers and strings', () => {
    const resources = resourcesOf(
      bundle(
        '{\r\n "resource" : {\n "resourceType" : "Observation",\n "id":"o", "v" : 1.10, "t":"a  b" } }',
      ),
    );

    expect(resources).toStrictEqual([
      '{"resourceType":"Observation","id":"o","v":1.10,"t":"a  b"}',
    ]);
  });

  it('rewrites references to other entries, and only references', () => {
    const resources = resourcesOf(
      bundle(
        '{"fullUrl":"urn:uuid:1-2","resource":{"resourceType":"Patient","id":"p"}}',
        '{"fullUrl":"http://h/Observation/9","resource":{"resourceType":"Observation","id":"o","subject":{"reference":"urn:uuid:1-2"},"note":[{"text":"urn:uuid:1-2"}],"x":{"reference":{"a":"urn:uuid:1-2"}}}}',
        '{"resource":{"resourceType":"List","id":"l","a":{"r\\u0065ference":"http:\\/\\/h/Observation/9"}}}',
      ),
    );

    expect(resources.slice(1)).toStrictEqual([
      '{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"note":[{"text":"urn:uuid:1-2"}],"x":{"reference":{"a":"urn:uuid:1-2"}}}',
      '{"resourceType":"List","id":"l","a":{"r\\u0065ference":"Observation/o"}}',
    ]);
  });

  describe('resolves what leads to another entry (R4, transactions)', () => {
    const urn = 'urn:uuid:b-1';
    const resolved = (resource: string, fullUrl = urn, target = ''): string | undefined =>
      resourcesOf(
        bundle(
          `{"fullUrl":"${fullUrl}","resource":{"resourceType":"Binary","id":"b"${target}}}`,
          `{"resource":${resource}}`,
        ),
      )[1];

    // @ is the link that becomes Binary/b, # the same text where it stays.
    it.each([
      ['an attachment', '{"resourceType":"Media","content":{"url":"@","title":"#"}}'],
      ['lists of uris', '{"resourceType":"Provenance","policy":["http://p","@"],"activity":{}}'],
      [
        'extensions, by value and not by name',
        '{"resourceType":"Basic","extension":[{"url":"#","valueUuid":"@"}]}',
      ],
      [
        'contained resources',
        '{"resourceType":"Basic","contained":[{"id":"c","resourceType":"Consent","policy":[{"uri":"@"}]}]}',
      ],
      [
        'addresses in a narrative',
        String.raw`{"resourceType":"Basic","text":{"div":"<p title=\"#\">#<a class='x' href=\"@\">#</a></p>"}}`,
      ],
      [
        'addresses in an escaped narrative',
        String.raw`{"resourceType":"Basic","text":{"div":"\u003cp>\u00e9é\u003cimg alt=\u0027\u0027 src=\u0027@\u0027/></p>"}}`,
      ],
      ['no narrative elsewhere', String.raw`{"resourceType":"Basic","div":"<a href=\"#\"/>"}`],
      [
        'uris, not strings and codes',
        '{"resourceType":"Basic","identifier":[{"system":"@","value":"#"}],"code":{"coding":[{"code":"#"}]}}',
      ],
      ['no code of a telecom', '{"resourceType":"Patient","telecom":[{"system":"#","value":"#"}]}'],
      ['no canonical', '{"resourceType":"Basic","meta":{"profile":["#"]}}'],
      ['nothing unknown to R4', '{"resourceType":"Basic","urls":["#"],"toString":"#"}'],
      [
        'nothing within a Bundle that is an entry',
        '{"resourceType":"Bundle","id":"i","entry":[{"resource":{"subject":{"reference":"#"}}}]}',
      ],
    ])('%s', (_, resource) => {
      const before = resource.replaceAll(/[@#]/g, urn);

      expect(resolved(before)).toBe(resource.replaceAll('@', 'Binary/b').replaceAll('#', urn));
    });

    it('but not uris that are the canonical name of an entry', () => {
      const name = 'http://x/CodeSystem/b';
      const coded = (reference: string): string =>
        `{"resourceType":"Basic","code":{"coding":[{"system":"${name}"}]},"subject":{"reference":"${reference}"}}`;

      expect(resolved(coded(name), name, `,"url":"${name}"`)).toBe(coded('Binary/b'));
    });
  });

  it('gives an entry without id the uuid of its fullUrl', () => {
    const resources = resourcesOf(
      bundle(
        '{"fullUrl":"urn:uuid:a-1","resource":{"resourceType":"Patient","x":{"reference":"urn:uuid:a-2"}}}',
        '{"fullUrl":"urn:uuid:a-2","resource":{"resourceType":"Organization"}}',
      ),
    );

    expect(resources).toStrictEqual([
      '{"resourceType":"Patient","id":"a-1","x":{"reference":"Organization/a-2"}}',
      '{"resourceType":"Organization","id":"a-2"}',
    ]);
  });

  it('reports an entry without a resource by its number', () => {
    expect([
      ...readBundle(Buffer.from(bundle('{"request":{}}', '{"resource":{"a":1}}'))),
    ]).toMatchObject([{ number: 1, fault: 'the entry holds no resource' }, { number: 2 }]);
  });

  it('takes a file with a single resource', () => {
    expect(resourcesOf('\ufeff{\n"resourceType":"Patient",\n"id":"p"\n}\n')).toStrictEqual([
      '{"resourceType":"Patient","id":"p"}',
    ]);
  });

  it.each([
    ['{"resourceType":"Bundle","type":"subscription-notification","entry":[]}', /not one of/],
    ['{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"a":1}]}', /not valid JSON/],
    ['{"resourceType":"Bundle","type":"batch","entry":[]', /not valid JSON/],
  ])('refuses %s', (text, reason) => {
    expect(() => resourcesOf(text)).toThrow(reason);
  });
});

describe('rewriteReferences', () => {
  it('copies a text without references', () => {
    const text = Buffer.from('{"reference":5,"a":"reference","b":["reference","x"]}');

    expect(rewriteReferences(text, () => 'no')).toBe(text);
  });
});

describe('conditionalKey', () => {
  it.each([
    [
      'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99',
      'Practitioner http://hl7.org/fhir/sid/us-npi|99',
    ],
    ['Location?identifier=https%3A%2F%2Fx%7C1%202', 'Location https://x|1 2'],
    ['Practitioner?identifier=99', undefined],
    ['Practitioner?identifier=a|1&active=true', undefined],
    ['Nobody?identifier=a|1', undefined],
    ['Practitioner/1', undefined],
  ])('reads %s', (reference, key) => {
    expect(conditionalKey(reference)).toBe(key);
  });
});
