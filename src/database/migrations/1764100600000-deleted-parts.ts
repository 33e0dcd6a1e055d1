import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Parts that find what was deleted, and the patients whom they ask about beside the cohort. Exports of
 * a whole system find the resources that belong to no patient by their slot.
 */
export class DeletedParts1764100600000 implements MigrationInterface {
  name = 'DeletedParts1764100600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table export.part
        add column kind text not null default 'resources',
        add constraint part_kind check (kind in ('resources', 'deleted', 'blocks'))`);
    await runner.query('alter table export.part alter column kind drop default');
    await runner.query(`
      create table export.departed_member (
        job_id uuid not null,
        patient_id text collate "C" not null,
        constraint departed_member_pkey primary key (job_id, patient_id),
        constraint departed_member_job foreign key (job_id) references export.job (id) on delete cascade
      )`);
    await runner.query(`
      create index resource_of_nobody on clinical.resource (type, (hashtext(id) & 1023))
      where patient_id is null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index if exists clinical.resource_of_nobody');
    await runner.query('drop table export.departed_member');
    await runner.query('alter table export.part drop column kind');
  }
}
