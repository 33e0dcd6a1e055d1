import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { isFhirId } from '@app/fhir';

import { adviceOn, type AppPrincipal, mayUseGroup } from '../../auth';
import { everyone } from '../../cohort';
import { Clock, FhirError, forbidden, notFound } from '../../common';
import { queryUnlogged, setUnlogged, withRunner } from '../../database';
import { GroupDirectory, type GroupRecord } from '../../groups';
import type { ExportTarget } from '../persistence/export-target';

/** Whose data an app may have. */
@Injectable()
export class ExportTargets {
  constructor(
    private readonly dataSource: DataSource,
    private readonly groups: GroupDirectory,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the group, where it is one
   * @throws FhirError 403 or 404 for a target that the app may not export, 422 for a group that cannot
   *   be resolved to members (GR-09)
   */
  async require(app: AppPrincipal, target: ExportTarget): Promise<GroupRecord | undefined> {
    if (target.level === 'group') {
      const group = await this.group(app, target.groupId);
      await this.groups.requireResolvable(group);
      return group;
    }
    if (target.level === 'patient' && !app.allowedTypes.has('Patient')) {
      throw patientScopeMissing(app);
    }
    if (!app.licence.allGroups) throw forbidden(LICENCE_TOO_NARROW);
    return undefined;
  }

  /** Notes that an app's own group is in use; in the transaction of the kick-off. */
  async noteExport(target: ExportTarget, manager: EntityManager): Promise<void> {
    if (target.level === 'group') await this.groups.noteExport(target.groupId, manager);
  }

  /**
   * PR-51. A patient who is not in the group is answered like one whom nobody knows.
   *
   * @throws FhirError 404 unless all patients are in the target now
   */
  async requirePatients(target: ExportTarget, ids: readonly string[]): Promise<void> {
    const { sql, parameters } = await this.patients(target);
    const asked = JSON.stringify(ids);
    const [row] = await withRunner(this.dataSource, async (runner) => {
      await setUnlogged(runner, { name: ASKED, value: asked, extent: 'session' });
      return queryUnlogged<{ found: number }>(
        runner,
        `select count(distinct c.patient_id)::int as found from (${sql}) c
         where c.patient_id in (${PATIENTS_ASKED})`,
        parameters,
      );
    });
    const missing = ids.length - (row?.found ?? 0);
    if (missing > 0) throw unknownPatients(missing, ids.length, target);
  }

  private async patients(target: ExportTarget): Promise<SqlQuery> {
    const now = this.clock.present().toISOString();
    if (target.level !== 'group') return everyone(now);
    const group = await this.groups.find(target.groupId);
    if (!group) throw noSuchGroup();
    return this.groups.cohortQuery(group, now, PATIENTS_ASKED);
  }

  /**
   * SEC-11, SEC-12: the licence says who may export a group; a scope for Group decides only whether the
   * resource is in the output. KO-15: a group that is not licensed answers like one that does not exist.
   */
  private async group(app: AppPrincipal, groupId: string): Promise<GroupRecord> {
    const group = isFhirId(groupId) ? await this.groups.find(groupId) : undefined;
    if (!group || !mayUseGroup(app, group)) throw noSuchGroup();
    return group;
  }
}

/** The setting with the ids of the patients who are asked for: they must not be in PostgreSQL's log. */
const ASKED = 'bulk_data.asked';
const PATIENTS_ASKED = `select jsonb_array_elements_text(current_setting('${ASKED}')::jsonb) as patient_id`;

interface SqlQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

function noSuchGroup(): FhirError {
  return notFound(
    'There is no such group, or this app is not licensed for it. [base]/Group lists the groups that it may export.',
  );
}

function unknownPatients(missing: number, all: number, target: ExportTarget): FhirError {
  const where = target.level === 'group' ? 'in this group' : 'here';
  return new FhirError(
    `Of the ${all} patients that patient names, ${missing} cannot be found ${where}. Leave them out, or wait until they are.`,
    { status: 404, code: 'not-found', expression: ['patient'] },
  );
}

function patientScopeMissing(app: AppPrincipal): FhirError {
  return forbidden(
    `Exporting all patients needs a scope that covers Patient without a search. ${adviceOn(['Patient'], app)}`,
    ['scope'],
  );
}

const LICENCE_TOO_NARROW =
  'This export is not limited to a group, and this app is licensed for single groups only. Export those by Group/[id]/$export ([base]/Group lists them), or have the operator license the app for all groups.';
