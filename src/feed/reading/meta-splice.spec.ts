import fc from 'fast-check';

import { stampEdits, unstampEdits } from './meta-splice';
import { readLayout } from './resource-layout';
import { applyEdits } from './text-edits';

const STAMP = ['7', '2026-01-31T12:00:00.000Z'] as const;
const SET = '"versionId":"7","lastUpdated":"2026-01-31T12:00:00.000Z"';

function stamp(json: string): string {
  const text = Buffer.from(json);
  return applyEdits(text, stampEdits(readLayout(text), ...STAMP)).toString();
}

function unstamp(json: string): string {
  const text = Buffer.from(json);
  return applyEdits(text, unstampEdits(readLayout(text))).toString();
}

describe('stampEdits', () => {
  it.each([
    [
      'no meta',
      '{"resourceType":"Patient","id":"p","x":1}',
      `{"resourceType":"Patient","id":"p","meta":{${SET}},"x":1}`,
    ],
    [
      'no meta, id last',
      '{"resourceType":"Patient", "id" : "p" }',
      `{"resourceType":"Patient", "id" : "p","meta":{${SET}} }`,
    ],
    [
      'id before resourceType',
      '{"id":"p" , "resourceType":"Patient"}',
      `{"id":"p" ,"meta":{${SET}}, "resourceType":"Patient"}`,
    ],
    [
      'empty meta',
      '{"resourceType":"Patient","id":"p","meta":{ }}',
      `{"resourceType":"Patient","id":"p","meta":{${SET} }}`,
    ],
    [
      'meta without the two',
      '{"resourceType":"Patient","id":"p","meta":{ "tag":[]}}',
      `{"resourceType":"Patient","id":"p","meta":{${SET}, "tag":[]}}`,
    ],
    [
      'both, the other way round',
      '{"meta":{"lastUpdated":"x","tag":[{"code":"a"}],"versionId" : "1"},"resourceType":"Patient","id":"p"}',
      '{"meta":{"lastUpdated":"2026-01-31T12:00:00.000Z","tag":[{"code":"a"}],"versionId" : "7"},"resourceType":"Patient","id":"p"}',
    ],
    [
      'only versionId',
      '{"resourceType":"Patient","id":"p","meta":{"versionId":"1"}}',
      '{"resourceType":"Patient","id":"p","meta":{"lastUpdated":"2026-01-31T12:00:00.000Z","versionId":"7"}}',
    ],
    [
      'a key with an escape',
      '{"resourceType":"Patient","id":"p","m\\u0065ta":{"version\\u0049d":"1","lastUpdated":""}}',
      '{"resourceType":"Patient","id":"p","m\\u0065ta":{"version\\u0049d":"7","lastUpdated":"2026-01-31T12:00:00.000Z"}}',
    ],
    [
      'a value that is no string',
      '{"resourceType":"Patient","id":"p","meta":{"versionId":1.0,"lastUpdated":null}}',
      `{"resourceType":"Patient","id":"p","meta":{${SET}}}`,
    ],
  ])('sets the two values and nothing else: %s', (_, received, expected) => {
    expect(stamp(received)).toBe(expected);
  });

  it('leaves the meta of contained resources and strings that look like it', () => {
    const rest =
      '"contained":[{"id":"c","meta":{"versionId":"9"}}],"text":{"div":"\\"meta\\":{}"},"v":1.10}';

    expect(stamp(`{"resourceType":"Patient","id":"p",${rest}`)).toBe(
      `{"resourceType":"Patient","id":"p","meta":{${SET}},${rest}`,
    );
  });
});

describe('unstampEdits', () => {
  it('undoes a stamp, whatever the resource and its white space', () => {
    fc.assert(
      fc.property(resourceText(), (received) => {
        const stamped = stamp(received);

        const { meta } = JSON.parse(stamped) as { meta: Record<string, unknown> };
        expect([meta['versionId'], meta['lastUpdated']]).toStrictEqual([...STAMP]);
        expect(unstamp(stamped)).toBe(unstamp(received));
        expect(unstamp(unstamp(received))).toBe(unstamp(received));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps JSON that means the same but for the two values', () => {
    fc.assert(
      fc.property(resourceText(), (received) => {
        const expected = JSON.parse(received) as Record<string, unknown>;
        const meta = { ...(expected['meta'] as object | undefined) } as Record<string, unknown>;
        delete meta['versionId'];
        delete meta['lastUpdated'];

        const plain = JSON.parse(unstamp(received)) as Record<string, unknown>;

        expect(plain['meta'] ?? {}).toStrictEqual(meta);
        expect({ ...plain, meta: null }).toStrictEqual({ ...expected, meta: null });
      }),
      { numRuns: 500 },
    );
  });
});

/** Resources with their members in any order, any white space, and any mix of meta's members. */
function resourceText(): fc.Arbitrary<string> {
  const space = fc.constantFrom('', ' ', '\t ');
  const object = (members: readonly string[], gaps: readonly string[]): string =>
    `{${gaps[0] ?? ''}${members.join(`${gaps[1] ?? ''},${gaps[2] ?? ''}`)}${gaps[3] ?? ''}}`;
  const gaps = fc.tuple(space, space, space, space);
  const metaMembers = fc.shuffledSubarray([
    '"versionId":"3"',
    '"lastUpdated" : "2020-01-01T00:00:00Z"',
    '"tag":[{"code":"a,b"}]',
    '"profile": ["http://example.org/\\"meta\\":{}"]',
  ]);
  const meta = fc.tuple(metaMembers, gaps).map(([members, around]) => object(members, around));
  const extra = fc.jsonValue().map((value) => `"extra":${JSON.stringify(value)}`);
  return fc
    .tuple(fc.option(meta), fc.option(extra), gaps)
    .chain(([metaText, extraText, around]) => {
      const members = ['"resourceType":"Patient"', '"id" :"p"'];
      if (metaText !== null) members.push(`"meta": ${metaText}`);
      if (extraText !== null) members.push(extraText);
      return fc
        .shuffledSubarray(members, { minLength: members.length })
        .map((shuffled) => object(shuffled, around));
    });
}
