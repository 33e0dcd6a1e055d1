import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import {
  type Coding,
  type GroupCharacteristic,
  type GroupIdentifier,
  periodBound,
} from '../groups';
import { parseJson, readJsonFile } from './json-file';

/** Reads `system|value` or `value`. @throws Error that says so */
export function readIdentifier(text: string): GroupIdentifier {
  const { system, code } = readCoding(text, '--identifier');
  return { ...(system === undefined ? {} : { system }), value: code };
}

/**
 * Reads `code=value`, both spelt `system|code`, `system|code|display` or `code`; the value may be
 * true or false. @throws Error that says so
 */
export function readCharacteristic(text: string): GroupCharacteristic {
  const at = text.indexOf('=');
  const [code, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || value === '') {
    throw new Error('--characteristic takes system|code=system|code, or system|code=true.');
  }
  const flag = value === 'true' || value === 'false';
  return {
    code: readCoding(code, '--characteristic'),
    value: flag ? value === 'true' : readCoding(value, '--characteristic'),
  };
}

function readCoding(text: string, option: string): Coding {
  const parts = text.split('|');
  const [system, code = '', display] = parts.length === 1 ? [undefined, text] : parts;
  if (code === '' || parts.length > 3) {
    throw new Error(`${option}: "${text}" is neither [system]|[code] nor [code].`);
  }
  return {
    ...(system === undefined || system === '' ? {} : { system }),
    code,
    ...(display === undefined ? {} : { display }),
  };
}

/** Reads a bound of a period: an instant, or a date that counts whole (in UTC). @throws Error */
export function readBound(text: string | undefined, end: 'start' | 'end'): string | undefined {
  if (text === undefined) return undefined;
  const instant = periodBound(text, end);
  if (instant !== undefined) return instant;
  throw new Error(`--period-${end} takes a date such as 2026-01-31 or an instant with its zone.`);
}

/**
 * Reads criteria: JSON as it stands, or the file that the text names (`-` for standard input).
 *
 * @throws Error that says what is wrong
 */
export async function readSegment(text: string): Promise<unknown> {
  const wanted = { name: '--segment', accepted: 'criteria as docs/groups.md describes them' };
  if (text.trimStart().startsWith('{')) return parseJson(text, wanted);
  return await readJsonFile(text, wanted);
}

/** Ids from the command line, then those of a file (`-` for standard input), one on a line. */
export async function* patientIds(
  given: readonly string[],
  file: string | undefined,
): AsyncGenerator<string> {
  yield* given;
  if (file === undefined) return;
  const input = file === '-' ? process.stdin : await openFile(file);
  let isFirst = true;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    yield isFirst ? line.replace(/^\uFEFF/, '') : line;
    isFirst = false;
  }
}

/** @throws Error naming a file that cannot be read: a stream would fail where nobody listens yet */
async function openFile(file: string): Promise<NodeJS.ReadableStream> {
  try {
    return (await open(file)).createReadStream();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`--from: the file ${file} cannot be read: ${code ?? 'unknown'}.`, { cause });
  }
}
