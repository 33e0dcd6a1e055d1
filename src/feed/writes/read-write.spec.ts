import { readLine } from './read-write';

const KEY = { type: 'Goal', id: 'x' };

describe(readLine, () => {
  it('puts a resource on one line and keeps its numbers', () => {
    const body = Buffer.from('{\n "resourceType" : "Goal",\r\n "id" : "x", "n" : 1.10 }');

    expect(readLine(body, KEY).toString()).toBe('{"resourceType":"Goal","id":"x","n":1.10}');
  });

  it.each([
    ['no JSON', '{"resourceType":"Goal","id":"x","a":Secret}', /a fault at character 37/],
    ['no JSON, deeply nested', '['.repeat(100_000), /The body is no JSON/],
    ['a list', '["Secret"]', /must be a JSON object/],
    ['another type', '{"resourceType":"Secret","id":"x"}', /must be Goal/],
    ['another id', '{"resourceType":"Goal","id":"Secret"}', /the one in the URL/],
    ['no id', '{"resourceType":"Goal","note":"Secret"}', /must be there/],
    [
      'a name given twice: one type for the check of scopes, another for the store',
      '{"resourceType":"Bundle","type":"batch","entry":[{"id":"Secret"}],"resourceType":"Goal","id":"x"}',
      /same name twice/,
    ],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /not in UTF-8/],
  ])('refuses %s, quoting nothing', (_, body, words) => {
    const read = (): unknown => readLine(Buffer.from(body), KEY);

    expect(read).toThrow(words);
    expect(read).not.toThrow(/Secret/);
  });
});
