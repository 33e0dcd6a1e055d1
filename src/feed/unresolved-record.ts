import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { UnresolvedCount } from './load.types';

/** Which of the references to show; every member narrows. */
export interface UnresolvedFilter {
  readonly type?: string | undefined;
  readonly kind?: string | undefined;
}

/** A stored resource that names a patient whom the store cannot find. */
export interface UnresolvedReference {
  readonly type: string;
  readonly id: string;
  readonly kind: string;
  /** The id that is not stored; empty when no id could be read. */
  readonly patient_id: string;
  readonly base: string;
  /** Where it came from; null when its patient was deleted. */
  readonly file: string | null;
  readonly line: string | null;
  readonly noted_at: Date;
}

const BATCH_ROWS = 1000;
const FILTER = '($1::text is null or type = $1) and ($2::text is null or kind = $2)';

/** The record of what the store could not give to a patient, as it is now. */
@Injectable()
export class UnresolvedReferences {
  constructor(private readonly dataSource: DataSource) {}

  /** Counts them by type, kind and base, with up to three examples of each. */
  async counts({ type, kind }: UnresolvedFilter): Promise<readonly UnresolvedCount[]> {
    return this.dataSource.query<UnresolvedCount[]>(
      `with placed as (
         select *, count(*) over (partition by type, kind, base) as resources,
                row_number() over (partition by type, kind, base order by file, line) as place
         from (select distinct on (type, kind, base, id) * from clinical.unresolved_reference
               where ${FILTER}) u
       )
       select type, kind, base, resources::int,
              coalesce(array_agg(file || ':' || line order by file, line) filter (where file is not null), '{}')
                as examples
       from placed where place <= 3
       group by type, kind, base, resources order by type, kind, base`,
      [type ?? null, kind ?? null],
    );
  }

  /** Every one, in order, a batch in memory at a time. */
  async *list({ type, kind }: UnresolvedFilter): AsyncGenerator<UnresolvedReference> {
    let last: readonly string[] = ['', '', '', '', ''];
    for (;;) {
      const rows = await this.dataSource.query<UnresolvedReference[]>(
        `select * from clinical.unresolved_reference
         where ${FILTER} and (type, id, kind, patient_id, base) > ($3, $4, $5, $6, $7)
         order by type, id, kind, patient_id, base limit ${BATCH_ROWS}`,
        [type ?? null, kind ?? null, ...last],
      );
      yield* rows;
      const final = rows.at(-1);
      if (!final) return;
      last = [final.type, final.id, final.kind, final.patient_id, final.base];
    }
  }
}
