import { Injectable } from '@nestjs/common';

import { isFhirId, type ResourceType } from '@app/fhir';

import { AuditLog } from '../../audit';
import { type AppPrincipal, mayUseGroup } from '../../auth';
import { FhirError, forbidden, invalidParameter, notFound } from '../../common';
import { ExtractorRegistry } from '../../extractors';
import { GroupDirectory } from '../../groups';
import { ProvenancePolicy } from '../../provenance';
import type { ExportTarget } from '../record/job-record';
import { Bells } from '../work/bells.queue';
import { Admission } from './admission.service';
import type { ExportRequest } from './export-request';
import { idempotentKickOff } from './idempotency';

export interface KickOff {
  readonly app: AppPrincipal;
  readonly target: ExportTarget;
  /** The full URL that the client asked, for the manifest (MF-04). */
  readonly requestUrl: string;
  readonly requestId: string;
  /** Reads the parameters; called once the caller is known to be allowed to export the target. */
  readonly request: () => ExportRequest;
  /** The header Idempotency-Key as it came. */
  readonly idempotencyKey?: string | readonly string[] | undefined;
}

/** Starts exports. */
@Injectable()
export class KickOffs {
  // Nest asks for every dependency in the constructor.
  constructor(
    private readonly admission: Admission,
    private readonly groups: GroupDirectory,
    private readonly extractors: ExtractorRegistry,
    private readonly provenance: ProvenancePolicy,
    private readonly audit: AuditLog,
    private readonly bells: Bells,
  ) {}

  /**
   * Checks the rights, writes the job and rings for it. Every kick-off is a new job, unless an
   * Idempotency-Key says that it repeats another.
   *
   * @returns the id of the job
   * @throws FhirError 403, 404, 400; 422 for a group that cannot be resolved to members (GR-09), and as
   *   Admission does: 422, 429
   */
  async start(kickOff: KickOff): Promise<string> {
    try {
      return await this.accept(kickOff);
    } catch (error) {
      if (error instanceof FhirError) await this.auditRefusal(kickOff, error);
      throw error;
    }
  }

  private async accept(kickOff: KickOff): Promise<string> {
    const { app, target, requestId, requestUrl } = kickOff;
    await this.requireTarget(app, target);
    const request = kickOff.request();
    const idempotency = idempotentKickOff(kickOff.idempotencyKey, target, request);
    const { types: named, since } = request;
    const offered = this.extractors.typesOf(target.level);
    const types = this.finalTypes(named, offered, app);
    const permitted = offered.filter((type) => app.allowedTypes.has(type));
    const parameters = {
      types,
      provenanceOf: this.provenance.provenanceOf(types, permitted),
      since,
    };
    const { appId } = app;
    const candidate = { appId, target, requestUrl, parameters, idempotency };
    const { jobId, isNew } = await this.admission.admit(candidate, (id, manager) => {
      const event = { action: 'export.kick-off', outcome: 'success', appId, jobId: id } as const;
      const detail = { level: target.level, types };
      return this.audit.record({ ...event, ...groupOf(target), requestId, detail }, manager);
    });
    if (isNew) await this.bells.ringPlanner();
    return jobId;
  }

  private async requireTarget(app: AppPrincipal, target: ExportTarget): Promise<void> {
    if (target.level === 'group') {
      await this.requireGroup(app, target.groupId);
      return;
    }
    if (!app.allowedTypes.has('Patient')) throw forbidden(PATIENT_SCOPE_MISSING);
    if (!app.licence.allGroups) throw forbidden(LICENCE_TOO_NARROW);
  }

  /** SEC-11. KO-15: a group that is not licensed answers like one that does not exist. */
  private async requireGroup(app: AppPrincipal, groupId: string): Promise<void> {
    if (!app.allowedTypes.has('Group')) throw forbidden(GROUP_SCOPE_MISSING);
    const visible = isFhirId(groupId) && mayUseGroup(app, groupId);
    const group = visible ? await this.groups.find(groupId) : undefined;
    if (!group) {
      throw notFound(
        'There is no such group, or this app is not licensed for it. [base]/Group lists the groups that it may export.',
      );
    }
    await this.groups.requireResolvable(group);
  }

  /** SC-08: types that are named must all be allowed; SC-11: "everything" shrinks in silence. */
  private finalTypes(
    named: readonly ResourceType[] | undefined,
    offered: readonly ResourceType[],
    app: AppPrincipal,
  ): readonly ResourceType[] {
    if (!named) {
      const types = this.extractors
        .defaultTypes()
        .filter((type) => offered.includes(type) && app.allowedTypes.has(type));
      if (types.length > 0) return types;
      throw forbidden(
        'Neither the token’s scopes nor the app’s licence cover any exportable type.',
      );
    }
    if (named.some((type) => !offered.includes(type))) throw groupAtPatientLevel();
    const refused = named.filter((type) => !app.allowedTypes.has(type));
    if (refused.length === 0) return named;
    throw forbidden(
      `_type names ${refused.join(', ')}, which the token’s scopes or the app’s licence do not cover. Ask for a token with those scopes, or leave the types out.`,
      ['_type'],
    );
  }

  private async auditRefusal({ app, target, requestId }: KickOff, error: FhirError): Promise<void> {
    await this.audit.record({
      action: 'export.refused',
      outcome: 'refused',
      appId: app.appId,
      ...groupOf(target),
      requestId,
      detail: { level: target.level, status: error.status, code: error.code },
    });
  }
}

const GROUP_SCOPE_MISSING =
  'Exporting a group needs a scope that covers Group, such as system/Group.rs or system/*.rs.';

const PATIENT_SCOPE_MISSING =
  'Exporting all patients needs a scope that covers Patient, such as system/Patient.rs or system/*.rs.';

const LICENCE_TOO_NARROW =
  'Patient/$export gives the data of all patients, and this app is licensed for single groups only. Export those by Group/[id]/$export ([base]/Group lists them), or have the operator license the app for all groups.';

/** PR-33: a group is exported by itself. That a patient is on a list is not part of their record. */
function groupAtPatientLevel(): FhirError {
  return invalidParameter(
    '_type',
    '_type holds Group, which an export of all patients does not give. Leave it out, or export a group by Group/[id]/$export.',
    'not-supported',
  );
}

function groupOf(target: ExportTarget): { readonly groupId?: string } {
  return target.level === 'group' && isFhirId(target.groupId) ? { groupId: target.groupId } : {};
}
