import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What few patients had at an instant is looked up in the history as it is among the latest versions:
 * without this index much that was superseded since made PostgreSQL read the whole type.
 */
export class HistoryByPatient1764214001000 implements MigrationInterface {
  name = 'HistoryByPatient1764214001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index resource_history_by_patient
        on clinical.resource_history (patient_id, superseded_at) where not deleted`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index clinical.resource_history_by_patient');
  }
}
