import { Inject, Injectable } from '@nestjs/common';

import type { AppPrincipal, WriteLetter } from '../../auth';
import { FhirError } from '../../common';
import { type Config, CONFIG } from '../../config';
import { type Method, readEntry } from './asked-entry';
import {
  type AnswerEntry,
  type EntryTerms,
  refusedEntry,
  requireWritten,
  writtenEntry,
} from './bundle-answer';
import { asEntryFault } from './entry-fault';
import { textOfEntry } from './entry-text';
import type { SentBundle, SentEntry } from './read-bundle';
import { ResourceWriter } from './resource-writer.service';
import { type CheckedEntry, transaction } from './transaction';
import { WriteAuthority } from './write-authority.service';

/** Who writes, and what is wanted back. */
export interface BundleTerms {
  readonly app: AppPrincipal;
  readonly requestId: string;
  readonly prefers: string | undefined;
}

const LETTERS: Readonly<Record<Method, readonly WriteLetter[]>> = {
  PUT: ['c', 'u'],
  POST: ['c'],
  DELETE: ['d'],
};

/** Carries out transactions and batches. */
@Injectable()
export class BundleWriter {
  constructor(
    private readonly writer: ResourceWriter,
    private readonly authority: WriteAuthority,
    @Inject(CONFIG) private readonly config: Pick<Config, 'feeds' | 'http' | 'resourceTypes'>,
  ) {}

  /**
   * Writes a Bundle: a transaction as a whole or not at all, a batch entry by entry.
   *
   * @returns the entries of the answer, in the order of the Bundle's
   * @throws FhirError as ResourceWriter.write does; for a transaction also what one of its entries is refused
   *   for, naming it
   */
  async write(bundle: SentBundle, terms: BundleTerms): Promise<readonly AnswerEntry[]> {
    if (bundle.type === 'transaction') return this.together(bundle, bundle.entries, terms);
    return Promise.all(bundle.entries.map((entry) => this.byItself(bundle, entry, terms)));
  }

  private async together(
    bundle: SentBundle,
    sent: readonly SentEntry[],
    terms: BundleTerms,
  ): Promise<readonly AnswerEntry[]> {
    const entries: CheckedEntry[] = [];
    for (const entry of sent) entries.push(await this.check(bundle, entry, terms));
    if (entries.length === 0) return [];
    const isDeletion = entries.every(({ method }) => method === 'DELETE');
    const action = isDeletion ? 'resource.deleted' : 'resource.written';
    const { app, requestId, prefers } = terms;
    const unit = transaction(entries, {
      by: { action, appId: app.appId, requestId },
      wantsContent: prefers === 'representation',
    });
    const results = await this.writer.write(unit);
    requireWritten(
      entries.map(({ number }) => number),
      results,
    );
    return results.map((result) => writtenEntry(result, this.entryTerms(terms)));
  }

  private async byItself(
    bundle: SentBundle,
    entry: SentEntry,
    terms: BundleTerms,
  ): Promise<AnswerEntry> {
    try {
      const [answer] = await this.together(bundle, [entry], terms);
      if (answer) return answer;
      throw new Error('An entry of a batch was not answered.');
    } catch (error) {
      if (error instanceof FhirError) return refusedEntry(error);
      throw error;
    }
  }

  private async check(
    bundle: SentBundle,
    sent: SentEntry,
    { app, requestId }: BundleTerms,
  ): Promise<CheckedEntry> {
    const { fhirBase } = this.config.http;
    const { resourceMaxBytes } = this.config.feeds;
    const entry = readEntry(sent, fhirBase, this.config.resourceTypes);
    const { type, method, number } = entry;
    try {
      await this.authority.require(app, { type, letters: LETTERS[method], requestId });
    } catch (error) {
      throw asEntryFault(number, error);
    }
    const limits = { fhirBase, lineMaxBytes: resourceMaxBytes };
    return { ...entry, text: textOfEntry(entry, bundle.text, limits) };
  }

  private entryTerms({ prefers }: BundleTerms): EntryTerms {
    return { fhirBase: this.config.http.fhirBase, wantsOutcome: prefers === 'OperationOutcome' };
  }
}
