import { Inject, Injectable } from '@nestjs/common';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { FILE_STORAGE, type FileStorage } from '../../storage';
import type { ErrorFile } from '../error-file';
import { NDJSON } from '../files/files.api';
import type { FileRecord } from '../persistence/file.entity';
import type { JobRecord } from '../persistence/job-record';
import { errorFileKey } from '../storage-keys';
import { fileName, fileUrl } from '../urls';
import type { ListedFile, ManifestContents } from './manifest';

/** URLs that need no token live as long as tokens should at most (FR-06). */
const MAX_LIFETIME_SECONDS = 300;

/** Where clients find the files of an export: with us, or in the storage by URLs that it signs. */
@Injectable()
export class FileUrls {
  constructor(
    private readonly clock: Clock,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Signed URLs are new each time (MF-20), and good for one file. An error file, which is made from the
   * records otherwise, is put into the storage for them: the same bytes each time.
   */
  async list(
    job: JobRecord,
    files: readonly FileRecord[],
    errors: readonly ErrorFile[],
  ): Promise<Pick<ManifestContents, 'files' | 'requiresAccessToken'>> {
    const all = [...files, ...errors.map(({ record }) => record)];
    const { storage } = this.config;
    if (storage.driver !== 's3' || !storage.presignedDownloads) {
      return { requiresAccessToken: true, files: all.map((file) => this.ours(job, file)) };
    }
    for (const { content, record } of errors) {
      await this.store(errorFileKey(job.id, record.ordinal), content);
    }
    const signed = await Promise.all(all.map((file) => this.signed(job, file)));
    return { requiresAccessToken: false, files: signed };
  }

  private ours(job: JobRecord, file: FileRecord): ListedFile {
    return { ...file, url: fileUrl(this.config.http.fhirBase, job.id, file) };
  }

  private async signed(job: JobRecord, file: FileRecord): Promise<ListedFile> {
    const key = file.section === 'error' ? errorFileKey(job.id, file.ordinal) : file.storageKey;
    const url = await this.storage.presign(key, {
      at: this.clock.now(),
      lifetime: this.lifetime(job),
      contentType: NDJSON,
      contentEncoding: file.encoding === 'gzip' ? 'gzip' : undefined,
      fileName: fileName(file),
    });
    if (url === undefined) throw new Error('The storage signs no URLs, though it is set to.');
    return { ...file, url };
  }

  /** Not beyond the export's own end. */
  private lifetime({ untilEnd = Infinity }: JobRecord): number {
    const longest = Math.min(MAX_LIFETIME_SECONDS, this.config.auth.tokenLifetime, untilEnd);
    return Math.max(1, Math.floor(longest));
  }

  private async store(key: string, content: Buffer): Promise<void> {
    const writer = await this.storage.create(key);
    await writer.write([content]);
    await writer.publish();
  }
}
