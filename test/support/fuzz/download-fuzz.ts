import { gunzipSync } from 'node:zlib';

import fc, { type Arbitrary } from 'fast-check';

import { oddHeader } from './odd';
import type { Answer } from './send';

/** A file as it must come over the wire, learned from whole downloads. */
export interface WholeFile {
  readonly plain: Buffer;
  readonly etag: string;
  /** Undefined when the file is compressed on its way: its bytes are then known when they are sent. */
  readonly gzip: Buffer | undefined;
  readonly gzipEtag: string;
}

export interface FuzzDownload {
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
}

/** @param file of which bytes are asked for, so that edges are hit */
export function downloadFuzz(file: WholeFile): Arbitrary<FuzzDownload> {
  const edges = [0, 1, file.plain.length, file.gzip?.length ?? 7];
  const position = fc.oneof(
    fc.nat(file.plain.length + 10),
    fc.constantFrom(...edges.flatMap((edge) => [edge, Math.max(0, edge - 1), edge + 1])),
  );
  const range = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(position, position).map(([a, b]) => `bytes=${a}-${b}`) },
    { weight: 2, arbitrary: position.map((from) => `bytes=${from}-`) },
    { weight: 2, arbitrary: position.map((count) => `bytes=-${count}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...['bytes=0-0,5-9', 'bytes=', 'bytes=-', 'items=0-4', 'BYTES=2-4', 'bytes = 1-2'],
        ...['bytes=1-2x', 'bytes=0x1-5', 'bytes=--5', `bytes=${'9'.repeat(30)}-`, 'bytes=+1-4'],
      ),
    },
    { weight: 1, arbitrary: oddHeader },
  );
  const tag = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        file.etag,
        file.gzipEtag,
        '*',
        '"other"',
        `W/${file.etag}`,
        `"x", ${file.etag}`,
      ),
    },
    { weight: 1, arbitrary: oddHeader },
  );
  const encoding = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'gzip',
        'identity',
        'gzip;q=0',
        'br',
        '*',
        '*;q=0',
        'identity;q=0, br',
      ),
    },
    { weight: 1, arbitrary: oddHeader },
  );
  const headers = fc.record(
    {
      Range: range,
      'If-Range': tag,
      'If-Match': tag,
      'If-None-Match': tag,
      'Accept-Encoding': encoding,
      Accept: fc.oneof(fc.constant('text/html'), oddHeader),
    },
    { requiredKeys: [] },
  );
  return fc.record({ method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD'), headers });
}

/** What is wrong with the answer, byte by byte (FR-08, FR-09, FR-12); undefined: nothing. */
export function faultOfDownload(
  asked: FuzzDownload,
  answer: Answer,
  file: WholeFile,
): string | undefined {
  const { headers } = asked;
  const isGzip = answer.headers['content-encoding'] === 'gzip';
  const form = { bytes: isGzip ? file.gzip : file.plain, etag: isGzip ? file.gzipEtag : file.etag };
  switch (answer.status) {
    case 200:
      return faultOfWhole(asked, answer, { ...file, etag: form.etag });
    case 206:
      return asked.method === 'HEAD' ? 'a part of HEAD' : faultOfPart(headers, answer, form);
    case 416:
      return toRange(headers['Range'], sizeIn(answer)) === 'none' ? undefined : 'it can be sent';
    default:
      return faultOfCondition(headers, answer.status);
  }
}

function faultOfWhole(
  { method, headers }: FuzzDownload,
  answer: Answer,
  file: WholeFile,
): string | undefined {
  if (answer.headers.etag !== file.etag) return 'ETag';
  if (method === 'HEAD') return undefined;
  if (mustBePart(headers, file)) return 'the whole where a part was asked for';
  const isGzip = answer.headers['content-encoding'] === 'gzip';
  return (isGzip ? gunzipSync(answer.body) : answer.body).equals(file.plain) ? undefined : 'bytes';
}

function faultOfPart(
  asked: FuzzDownload['headers'],
  { headers, body }: Answer,
  { bytes, etag }: { readonly bytes: Buffer | undefined; readonly etag: string },
): string | undefined {
  const wanted = toRange(asked['Range'], bytes?.length);
  if (!wanted || wanted === 'none' || !bytes) return 'a part that was not asked for';
  if (asked['If-Range'] !== undefined && asked['If-Range'].trim() !== etag) return 'If-Range';
  const { start, end } = wanted;
  if (headers['content-range'] !== `bytes ${start}-${end}/${bytes.length}`) return 'Content-Range';
  if (headers['content-length'] !== String(end - start + 1)) return 'Content-Length';
  return body.equals(bytes.subarray(start, end + 1)) ? undefined : 'bytes of the part';
}

/** The header without which there is no such answer. */
const REASONS: Readonly<Record<number, string>> = {
  304: 'If-None-Match',
  406: 'Accept-Encoding',
  412: 'If-Match',
};

function faultOfCondition(asked: FuzzDownload['headers'], status: number): string | undefined {
  const reason = REASONS[status];
  return reason !== undefined && asked[reason] !== undefined ? undefined : `status ${status}`;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** One range of bytes, `none` when it lies outside; undefined for everything else (RFC 9110 §14.1.2). */
function toRange(header: string | undefined, size = 0): Range | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (from === '') return to === '' ? undefined : lastBytes(Number(to), size);
  if (to !== '' && Number(to) < Number(from)) return undefined;
  if (Number(from) >= size) return 'none';
  return { start: Number(from), end: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}

function lastBytes(count: number, size: number): Range | 'none' {
  const sent = Math.min(count, size);
  return sent === 0 ? 'none' : { start: size - sent, end: size - 1 };
}

/** Nothing but a range that can be sent, of a form whose bytes are known. */
function mustBePart(asked: FuzzDownload['headers'], file: WholeFile): boolean {
  const isBare = Object.keys(asked).every((name) => name === 'Range' || name === 'Accept');
  const wanted = toRange(asked['Range'], file.plain.length);
  return isBare && wanted !== undefined && wanted !== 'none';
}

function sizeIn({ headers }: Answer): number | undefined {
  const [, size] = /^bytes \*\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  return size === undefined ? undefined : Number(size);
}
