import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  patientIds,
  readBound,
  readCharacteristic,
  readIdentifier,
  readSegment,
} from './group-arguments';

describe('arguments of the groups command', () => {
  it.each([
    ['7', { value: '7' }],
    ['urn:lists|7', { system: 'urn:lists', value: '7' }],
  ])('reads identifier %j', (text, identifier) => {
    expect(readIdentifier(text)).toStrictEqual(identifier);
  });

  it.each([
    [
      'urn:c|dx=urn:v|a',
      { code: { system: 'urn:c', code: 'dx' }, value: { system: 'urn:v', code: 'a' } },
    ],
    ['smoker=true', { code: { code: 'smoker' }, value: true }],
  ])('reads characteristic %j', (text, characteristic) => {
    expect(readCharacteristic(text)).toStrictEqual(characteristic);
  });

  it.each(['dx|=a', 'smoker', '=a', 'dx='])('refuses characteristic %j', (text) => {
    expect(() => readCharacteristic(text)).toThrow('--characteristic');
  });

  it('takes dates whole, in UTC, and instants as they are', () => {
    expect(readBound('2026-01-31', 'start')).toBe('2026-01-31T00:00:00.000000Z');
    expect(readBound('2026-01-31', 'end')).toBe('2026-01-31T23:59:59.999999Z');
    expect(readBound('2026-01-31T10:00:00+02:00', 'end')).toBe('2026-01-31T08:00:00.000000Z');
    expect(() => readBound('2026-02-30', 'end')).toThrow('--period-end');
    expect(() => readBound('2026', 'start')).toThrow('--period-start');
  });

  describe('in files', () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'arguments-'));
    });

    afterAll(() => rm(folder, { recursive: true }));

    const file = async (content: string | Buffer): Promise<string> => {
      const path = join(folder, 'given');
      await writeFile(path, content);
      return path;
    };

    it.each([
      ['UTF-8', Buffer.from('\uFEFF{"and":[]}')],
      ['UTF-16, as PowerShell writes it', Buffer.from('\uFEFF{"and":[]}', 'utf16le')],
    ])('may begin with a byte order mark: criteria in %s', async (_encoding, content) => {
      await expect(readSegment(await file(content))).resolves.toStrictEqual({ and: [] });
    });

    it('may begin with a byte order mark: ids of patients', async () => {
      const ids: string[] = [];

      for await (const id of patientIds(['p0'], await file('\uFEFFp1\r\np2\n'))) ids.push(id);

      expect(ids).toStrictEqual(['p0', 'p1', 'p2']);
    });
  });
});
