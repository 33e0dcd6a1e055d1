import type { Client } from 'pg';

const BATCH_ROWS = 10_000;

/** Notes the patients whose merge has just ended and who are stored: of one who was deleted, older versions may come. */
export async function collectPatients(client: Client): Promise<void> {
  await client.query(
    `insert into loaded_patient
     select r.id from decision d join clinical.resource r on r.type = 'Patient' and r.id = d.id
     union
     select id from staged_key where type = 'Patient' and is_unchanged`,
  );
}

/** The noted ids, in order, a batch in memory at a time. */
export async function* readLoadedPatients(client: Client): AsyncGenerator<string> {
  let last = '';
  for (;;) {
    const { rows } = await client.query<{ id: string }>(
      `select id from loaded_patient where id > $1 order by id limit ${BATCH_ROWS}`,
      [last],
    );
    for (const { id } of rows) yield id;
    const final = rows.at(-1);
    if (!final) return;
    last = final.id;
  }
}
