import { pipeline, Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';

import { isFhirId } from '@app/fhir';
import { searchPredicate, SearchValues, VALUES_SETTING } from '@app/fhir-search';

import type { AppPrincipal } from '../auth';
import { ClinicalSource } from '../clinical-data';
import { Clock } from '../common';
import { type Config, CONFIG } from '../config';
import { literal } from '../database';
import { GroupDirectory } from '../groups';
import { OneVersion } from './one-version';
import { patientsOf, type ReadKey } from './whose.sql';

/** The present version of a resource, its text yet to be read. */
export interface StoredResource {
  readonly version: string;
  readonly lastUpdated: Date;
  /** What it begins with. */
  readonly beginning: string;
  /** JSON. Fails with ReplacedVersionError when this is not the present version any more. */
  readonly text: () => Readable;
}

interface Head {
  readonly version: string;
  readonly last_updated: Date;
  readonly beginning: string;
  readonly characters: number;
}

/** Characters that are read at once; what is longer is streamed. */
const BEGINNING = 65_536;
/** Reading one text as JSON takes far less. */
const FILTER_MILLISECONDS = 10_000;

/** Reads single resources for those to whom an export would give them. */
@Injectable()
export class ResourceReader {
  constructor(
    private readonly source: ClinicalSource,
    private readonly groups: GroupDirectory,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'http'>,
  ) {}

  /**
   * The resource when an export of one of the app's groups would give it as far as patients decide; undefined
   * otherwise, whether it exists or not. Scopes are up to the caller, save for what a Provenance is about.
   *
   * @param filters searches of which it must match one; undefined: it need not
   */
  async find(
    { type, id }: ReadKey,
    app: AppPrincipal,
    filters?: readonly string[],
  ): Promise<StoredResource | undefined> {
    if (!isFhirId(id)) return undefined;
    const key = { type, id };
    const [head] = await this.heads(key, filters);
    return head && (await this.isGivenTo(app, key)) ? this.stored(key, head) : undefined;
  }

  private heads(key: ReadKey, filters: readonly string[] | undefined): Promise<readonly Head[]> {
    const values = new SearchValues();
    const now = this.clock.present().toISOString();
    const context = { fhirBase: this.config.http.fhirBase, now, values };
    const passes =
      filters === undefined
        ? 'true'
        : searchPredicate(key.type, [filters], { ...context, keepsUnreadable: false });
    const sql = `
      select v.version, v.last_updated, left(v.content, ${BEGINNING}) as beginning,
        length(v.content) as characters
      from clinical.resource v
      where v.type = ${literal(key.type)} and v.id = ${literal(key.id)} and ${passes}`;
    const { setting } = values;
    const given = setting === undefined ? undefined : { name: VALUES_SETTING, value: setting };
    return this.source.queryWithin<Head>(FILTER_MILLISECONDS, sql, [], given);
  }

  private async isGivenTo(
    { appId, licence, allowedTypes }: AppPrincipal,
    key: ReadKey,
  ): Promise<boolean> {
    const patients = patientsOf(key, [...allowedTypes]);
    if (!licence.allGroups) {
      const now = this.clock.present().toISOString();
      // Groups of its own add nobody whom the app may not have otherwise, unless it chooses from everyone.
      const own =
        licence.ownGroups?.population === 'everyone' ? await this.groups.keptBy(appId) : [];
      return this.groups.haveMember([...licence.groups, ...own], patients, now);
    }
    const [row] = await this.source.query<{ found: boolean }>(
      `select exists (${patients}) as found`,
    );
    return row?.found ?? false;
  }

  private stored(key: ReadKey, head: Head): StoredResource {
    const { version, last_updated: lastUpdated, beginning, characters } = head;
    const isWhole = characters <= BEGINNING;
    return {
      ...{ version, lastUpdated, beginning },
      text: () =>
        isWhole
          ? Readable.from([Buffer.from(beginning)])
          : pipeline(
              this.source.streamLines(textOf(key, version)),
              new OneVersion(),
              () => undefined,
            ),
    };
  }
}

/** One version, so that what is read is what was announced, or breaks off. */
function textOf({ type, id }: ReadKey, version: string): string {
  return `
    select r.content
    from clinical.resource r
    where r.type = ${literal(type)} and r.id = ${literal(id)} and r.version = ${literal(version)}`;
}
