import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { CERTIFICATE } from '@app/certificate';

import { Certificates } from '../../auth';
import { type Config, CONFIG } from '../../config';
import { errorFiles } from '../error-file';
import type { FileRecord } from '../persistence/file.entity';
import type { JobRecord } from '../persistence/job-record';
import { JobRecords } from '../persistence/job-records.service';
import { JobRow } from '../persistence/job.entity';
import { nextPage } from '../persistence/next-page';
import { pageUrl } from '../urls';
import { FileUrls } from './file-urls.service';
import { manifest, type Manifest, type ManifestContents } from './manifest';

/**
 * The manifests of an export: one, or, if the client allowed for them, pages of files that were ready
 * when a page was first given, each with a link to the next (PG-01, PG-05).
 */
@Injectable()
export class Manifests {
  constructor(
    private readonly records: JobRecords,
    private readonly urls: FileUrls,
    private readonly dataSource: DataSource,
    private readonly certificates: Certificates,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Gives a running export a further page if files are ready that are on none.
   *
   * @returns the number of pages that there are now
   */
  extend({ id, pages, parameters, transactionTime }: JobRecord): Promise<number> {
    const isPlanned = transactionTime !== undefined;
    if (!parameters.partialManifests || !isPlanned) return Promise.resolve(0);
    return this.dataSource.transaction(async (manager) => {
      const running = {
        select: { id: true, pages: true },
        where: { id, state: 'running' },
      } as const;
      const lock = { mode: 'for_no_key_update' } as const;
      if (!(await manager.findOne(JobRow, { ...running, lock }))) return pages;
      await nextPage(manager, id);
      return (await manager.findOne(JobRow, running))?.pages ?? pages;
    });
  }

  /**
   * The same for ever, but for the link that a last page gets when another follows, and for URLs and the
   * certificate, which are signed anew (PG-03, PG-09).
   * Errors that are known from the beginning are on every page (PG-06), those of parts on the last.
   *
   * @param page from 1
   */
  async page(job: JobRecord, page: number): Promise<Manifest> {
    const isEnd = job.state === 'completed' && page >= job.pages;
    const failures = isEnd ? await this.records.failures(job.id) : [];
    const counts = isEnd ? await this.records.counts(job.id) : undefined;
    const files = await this.records.files(job.id, job.pages === 0 ? undefined : page);
    const { fhirBase } = this.config.http;
    const errors = errorFiles(job, failures);
    const listed = manifest({
      job,
      ...(await this.urls.list(job, files, errors)),
      counts,
      next: page < job.pages ? pageUrl(fhirBase, job.id, page + 1) : undefined,
    });
    // The ballot's manifest says the same in other words, which nobody could compare.
    if (!isEnd || this.config.export.bulkDataVersion !== '3.0') return listed;
    const all = job.pages > 1 ? await this.records.files(job.id) : files;
    const records = [...all, ...errors.map(({ record }) => record)];
    const certificate = await this.certificate(job, records, counts);
    return { ...listed, extension: { ...listed.extension, [CERTIFICATE]: certificate } };
  }

  /** Of all pages together; where files are is nothing of it. */
  private certificate(
    job: JobRecord,
    records: readonly FileRecord[],
    counts: ManifestContents['counts'],
  ): Promise<string> {
    const files = records.map((record) => ({ ...record, url: '' }));
    const whole = manifest({ job, files, requiresAccessToken: true, counts, next: undefined });
    return this.certificates.sign(whole);
  }
}
