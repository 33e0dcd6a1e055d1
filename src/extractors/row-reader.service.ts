import { Inject, Injectable } from '@nestjs/common';

import { gzipSink, NdjsonFiles } from '@app/ndjson';

import { type Config, CONFIG } from '../config';
import { Extraction } from './extraction.service';
import type { PartContent } from './part-content';
import { finishing, type PartFile, type PartOutput, type PartReader } from './part-reader';
import type { ExportScope } from './resource-extractor';

/** Reads parts from the rows of the store. */
@Injectable()
export class RowReader implements PartReader {
  constructor(
    private readonly extraction: Extraction,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async read(
    content: PartContent,
    scope: ExportScope,
    output: PartOutput,
    signal: AbortSignal,
  ): Promise<readonly PartFile[]> {
    const { fileEncoding: encoding } = this.config.export;
    const suffix = `.ndjson${encoding === 'gzip' ? '.gz' : ''}`;
    const name = (index: number): string =>
      `${output.onlyReadable ? '.readable' : ''}.${index}${suffix}`;
    const files = new NdjsonFiles(async (index) => {
      const sink = await output.create(name(index));
      return encoding === 'gzip' ? gzipSink(sink) : sink;
    });
    output.measure(() => files.bytes);
    return finishing(files, signal, async () => {
      const { limits, onlyReadable } = output;
      const enter: PartOutput['enter'] = (step) => {
        output.enter(step);
      };
      await this.extraction.copy(content, scope, { files, limits, onlyReadable, enter }, signal);
      const finished = await files.finish();
      return finished.map((file) => ({ ...file, name: name(file.index), encoding }));
    });
  }

  /** Ranges of a cohort are read side by side. */
  prefersOnePart(): Promise<boolean> {
    return Promise.resolve(false);
  }
}
