import { Clock, HostClock } from '../../common';
import type { Config } from '../../config';
import type { FileStorage } from '../../storage';
import type { FileRecord } from '../persistence/file.entity';
import type { JobRecord } from '../persistence/job-record';
import { FileUrls } from './file-urls.service';

const NOW = new Date('2026-01-01T00:00:00Z');

const JOB = { id: 'job', untilEnd: 86_400 };
const FILE = { section: 'output', type: 'Patient', ordinal: 1, storageKey: 'k', encoding: 'gzip' };

class StandingClock extends Clock {
  override now(): Date {
    return NOW;
  }
}

interface Setting {
  readonly presigned: boolean;
  readonly tokenLifetime?: number;
  readonly untilEnd?: number;
}

/** The files of a manifest, and how the storage was asked to sign. */
async function listed({
  presigned,
  tokenLifetime = 3600,
  untilEnd = JOB.untilEnd,
}: Setting): Promise<{
  readonly requiresAccessToken: boolean;
  readonly urls: readonly string[];
  readonly lifetimes: readonly number[];
}> {
  const lifetimes: number[] = [];
  const storage: Partial<FileStorage> = {
    presign: (key: string, { lifetime }: Parameters<FileStorage['presign']>[1]) => {
      lifetimes.push(lifetime);
      return Promise.resolve(`https://storage.example/${key}`);
    },
  };
  const config = {
    http: { fhirBase: 'https://ehr.example/fhir' },
    auth: { tokenLifetime },
    storage: { driver: 's3', presignedDownloads: presigned },
  };
  const urls = new FileUrls(
    new StandingClock(new HostClock()),
    storage as FileStorage, // what is not here must not be used
    config as unknown as Config, // no more of it is read
  );
  const { files, requiresAccessToken } = await urls.list(
    { ...JOB, untilEnd } as JobRecord, // as above
    [FILE as FileRecord], // as above
    [],
  );
  return { requiresAccessToken, urls: files.map(({ url }) => url), lifetimes };
}

describe(FileUrls.name, () => {
  it('leads to us, with a token, unless the storage is to sign (MF-06, MF-09)', async () => {
    expect(await listed({ presigned: false })).toStrictEqual({
      requiresAccessToken: true,
      urls: ['https://ehr.example/fhir/bulk-files/job/Patient.1.ndjson'],
      lifetimes: [],
    });
  });

  it.each([
    ['300 s at most', {}, 300],
    ['no longer than tokens', { tokenLifetime: 60 }, 60],
    ['no longer than the export', { untilEnd: 45 }, 45],
  ])(
    'leads to the storage without a token for %s (MF-06, FR-06)',
    async (_words, setting, lifetime) => {
      expect(await listed({ presigned: true, ...setting })).toStrictEqual({
        requiresAccessToken: false,
        urls: ['https://storage.example/k'],
        lifetimes: [lifetime],
      });
    },
  );
});
