import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether somebody is a member is asked of the key. The index of slots answers as well, by going through
 * the whole cohort, and PostgreSQL takes either for a cohort that it does not know yet: the condition, which
 * every slot meets, keeps it to questions about slots.
 */
export class SlotIndex1764101900000 implements MigrationInterface {
  name = 'SlotIndex1764101900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop index export.cohort_member_slot');
    await runner.query(
      'create index cohort_member_slot on export.cohort_member (job_id, slot) where slot >= 0',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index export.cohort_member_slot');
    await runner.query('create index cohort_member_slot on export.cohort_member (job_id, slot)');
  }
}
