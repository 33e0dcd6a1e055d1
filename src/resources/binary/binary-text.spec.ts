import { Base64Decoder } from './base64-decoder';
import { BinaryText } from './binary-text';

interface Found {
  readonly contentType: string | undefined;
  readonly content: string;
}

function read(text: string, chunkBytes = text.length): Found {
  let contentType: string | undefined;
  const decoder = new Base64Decoder();
  const pieces: Buffer[] = [];
  const reader = new BinaryText({
    contentType: (value) => {
      contentType = value;
    },
    data: (piece) => {
      pieces.push(decoder.decode(piece));
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.push(bytes.subarray(at, at + chunkBytes));
  }
  pieces.push(decoder.end());
  return { contentType, content: Buffer.concat(pieces).toString() };
}

const data = Buffer.from('What the doctor wrote: 37.0 °C').toString('base64');
const expected = { contentType: 'text/plain', content: 'What the doctor wrote: 37.0 °C' };

describe(BinaryText, () => {
  it.each([
    ['in the usual order', `{"resourceType":"Binary","contentType":"text/plain","data":"${data}"}`],
    ['data first', `{"data":"${data}","contentType":"text/plain","resourceType":"Binary"}`],
    ['with white space', `{ "contentType" : "text/plain" , "data" : "${data}" }`],
    [
      'beside namesakes further down',
      `{"meta":{"extension":[{"url":"x","valueAttachment":{"contentType":"a/b","data":"AAAA"}}]},"contentType":"text/plain","securityContext":{"display":"\\"data\\":\\"AAAA\\""},"data":"${data}"}`,
    ],
    [
      'behind a namesake that is a value',
      `{"language":"data","contentType":"text/plain","data":"${data}"}`,
    ],
    [
      'with slashes and line ends escaped',
      `{"contentType":"text\\/plain","data":"${data.slice(0, 10)}\\n${data.slice(10).replaceAll('/', '\\/')}"}`,
    ],
    [
      'with a character as a number',
      `{"contentType":"text\\u002fplain","data":"\\u0056${data.slice(1)}"}`,
    ],
    [
      'given twice: the first counts',
      `{"contentType":"text/plain","data":"${data}","contentType":"a/b","data":"AAAA"}`,
    ],
  ])('finds content %s, wherever the text is cut', (_case, text) => {
    for (const chunkBytes of [text.length, 1, 2, 3, 7, 64]) {
      expect(read(text, chunkBytes)).toStrictEqual(expected);
    }
  });

  it('finds nothing where there is nothing', () => {
    expect(read('{"resourceType":"Binary","id":"b"}')).toStrictEqual({
      contentType: undefined,
      content: '',
    });
  });
});
