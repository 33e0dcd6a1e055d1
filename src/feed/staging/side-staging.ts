import type { Client } from 'pg';

import type { LocalReference } from '@app/fhir';

const BATCH_ROWS = 5000;

/**
 * What Bundles say beside their resources: where their fullUrls lead, and what they delete. Sent in
 * batches, on a session other than the one whose COPY takes the resources.
 */
export const SIDE_TABLES = [
  'create unlogged table clinical_load.full_url (url text collate "C" not null, target text collate "C" not null)',
  `create unlogged table clinical_load.deletion (
     seq bigint not null, type text collate "C" not null, id text collate "C" not null, place bigint)`,
];

/** Gathers rows for the tables beside staging. */
export class SideStaging {
  private addresses: (readonly [string, string])[] = [];
  private deletions: (readonly [number, LocalReference, bigint | undefined])[] = [];

  /** @param batchRows as many are sent at once; Infinity: all at the end */
  constructor(
    private readonly client: Client,
    private readonly batchRows = BATCH_ROWS,
  ) {}

  /** Notes that an entry of this fullUrl is `Type/id`. */
  addAddress(url: string, target: string): void {
    this.addresses.push([url, target]);
  }

  /** @param place its place among the versions of a history */
  addDeletion(seq: number, target: LocalReference, place: bigint | undefined): void {
    this.deletions.push([seq, target, place]);
  }

  /** Sends what is enough for a batch, or with `isLast` everything. */
  async flush(isLast: boolean): Promise<void> {
    const enough = isLast ? 1 : this.batchRows;
    if (this.addresses.length >= enough) await this.sendAddresses(this.addresses.splice(0));
    if (this.deletions.length >= enough) await this.sendDeletions(this.deletions.splice(0));
  }

  private async sendAddresses(rows: typeof this.addresses): Promise<void> {
    await this.client.query('insert into full_url select * from unnest($1::text[], $2::text[])', [
      rows.map(([url]) => url),
      rows.map(([, target]) => target),
    ]);
  }

  private async sendDeletions(rows: typeof this.deletions): Promise<void> {
    await this.client.query(
      `insert into deletion
       select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])`,
      [
        rows.map(([seq]) => seq),
        rows.map(([, { type }]) => type),
        rows.map(([, { id }]) => id),
        rows.map(([, , place]) => place?.toString() ?? null),
      ],
    );
  }
}
