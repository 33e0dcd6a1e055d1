import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Groups of apps whose members are found by searches: their filters are criteria, as those of segments are. */
export class FilteredGroups1764242000000 implements MigrationInterface {
  name = 'FilteredGroups1764242000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table groups.patient_group
        drop constraint patient_group_source,
        drop constraint patient_group_owner,
        drop constraint patient_group_criteria,
        add constraint patient_group_source
          check (source in ('patient-list', 'segment', 'roster', 'filtered')),
        add constraint patient_group_owner
          check ((source in ('roster', 'filtered')) = (owner is not null)),
        add constraint patient_group_criteria
          check ((source in ('segment', 'filtered')) = (criteria is not null))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from groups.group_version v using groups.patient_group g
                        where g.id = v.group_id and g.source = 'filtered'`);
    await runner.query(`delete from groups.patient_group where source = 'filtered'`);
    await runner.query(`
      alter table groups.patient_group
        drop constraint patient_group_source,
        drop constraint patient_group_owner,
        drop constraint patient_group_criteria,
        add constraint patient_group_source check (source in ('patient-list', 'segment', 'roster')),
        add constraint patient_group_owner check ((source = 'roster') = (owner is not null)),
        add constraint patient_group_criteria check ((source = 'segment') = (criteria is not null))`);
  }
}
