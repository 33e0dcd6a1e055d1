import { Injectable } from '@nestjs/common';

import { isFhirId } from '@app/fhir';

import { type AuditEvent, AuditLog, RefusalLog } from '../../audit';
import { type AppPrincipal, exportableTypes } from '../../auth';
import { FhirError, SANDBOX_HEADER } from '../../common';
import { ExtractorRegistry } from '../../extractors';
import { ProvenancePolicy } from '../../provenance';
import type { ExportTarget } from '../persistence/export-target';
import type { ExportParameters } from '../persistence/job-parameters';
import { WorkSignal } from '../worker/work-signal.queue';
import { Admission } from './admission.service';
import { resolveTypes } from './agreed-types';
import { type DryRun, DryRuns } from './dry-runs.service';
import { exportParameters } from './export-parameters';
import type { ExportRequest } from './export-request';
import { ExportTargets } from './export-targets.service';
import { idempotentKickOff } from './idempotency';
import { narrowedByScopes } from './scope-filters';
import { requireAffordable } from './search-limits';

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
  /** Aborted when the client is gone. */
  readonly left: AbortSignal;
}

/** The id of the job that was started, or what a dry run tells instead. */
export type Answer = { readonly jobId: string } | { readonly dryRun: DryRun };

/** As Admission refuses one export too many. */
const REFUSED_BY_SANDBOX = new FhirError(
  `Too many exports are waiting: a failure that ${SANDBOX_HEADER} asks for. Try again in 1 s.`,
  { status: 429, code: 'throttled', headers: { 'Retry-After': '1' } },
);

/** Starts exports. */
@Injectable()
export class KickOffs {
  constructor(
    private readonly admission: Admission,
    private readonly targets: ExportTargets,
    private readonly extractors: ExtractorRegistry,
    private readonly provenance: ProvenancePolicy,
    private readonly audit: AuditLog,
    private readonly refusals: RefusalLog,
    private readonly signals: WorkSignal,
    private readonly dryRuns: DryRuns,
  ) {}

  /**
   * Checks the rights, writes the job and signals the planner. Every kick-off is a new job, unless an
   * Idempotency-Key says that it repeats another. With `_dry-run` no job is written.
   *
   * @throws FhirError 400, 403, 404; 422 for a group that cannot be resolved to members (GR-09), and as
   *   Admission and DryRuns do: 422, 429
   */
  async start(kickOff: KickOff): Promise<Answer> {
    try {
      return await this.accept(kickOff);
    } catch (error) {
      if (error instanceof FhirError) await this.auditRefusal(kickOff, error);
      throw error;
    }
  }

  private async accept(kickOff: KickOff): Promise<Answer> {
    const { app, target } = kickOff;
    const group = await this.targets.require(app, target);
    const request = kickOff.request();
    if (request.sandbox?.refuse) throw REFUSED_BY_SANDBOX;
    if (request.patients) await this.targets.requirePatients(target, request.patients);
    const parameters = {
      ...this.agree(request, target, app),
      ...(typeof group?.owner === 'string' && { groupOwner: group.owner }),
    };
    if (request.dryRun) return { dryRun: await this.dryRun(kickOff, parameters) };
    return { jobId: await this.admit(kickOff, request, parameters) };
  }

  private async dryRun(
    { app: { appId }, target, requestId, left }: KickOff,
    parameters: ExportParameters,
  ): Promise<DryRun> {
    const told = await this.dryRuns.of({ appId, target, parameters }, left);
    const event = { action: 'export.dry-run', outcome: 'success', appId, requestId } as const;
    const detail = auditDetail(target, parameters);
    await this.audit.record({ ...event, ...groupOf(target), detail });
    return told;
  }

  private async admit(
    { app: { appId }, target, requestId, requestUrl, idempotencyKey }: KickOff,
    request: ExportRequest,
    parameters: ExportParameters,
  ): Promise<string> {
    const idempotency = idempotentKickOff(idempotencyKey, target, request);
    const candidate = { appId, target, requestUrl, requestId, parameters, idempotency };
    const { jobId, isNew } = await this.admission.admit(candidate, async (id, manager) => {
      if (parameters.groupOwner !== undefined) await this.targets.noteExport(target, manager);
      const event = { action: 'export.kick-off', outcome: 'success', appId, jobId: id } as const;
      const detail = auditDetail(target, parameters);
      await this.audit.record({ ...event, ...groupOf(target), requestId, detail }, manager);
    });
    if (isNew) await this.signals.signalPlanner();
    return jobId;
  }

  private agree(
    request: ExportRequest,
    { level }: ExportTarget,
    app: AppPrincipal,
  ): ExportParameters {
    const allowed = exportableTypes(app);
    const types = this.extractors.typesOf(level);
    const byDefault = this.extractors.defaultTypes().filter((type) => types.includes(type));
    const agreed = resolveTypes(request, { level, types, byDefault, allowed, app });
    const permitted = types.filter((type) => allowed.has(type));
    const decision = this.provenance.decide(agreed.types, permitted, agreed.associated);
    const parameters = exportParameters({ ...request, ignored: agreed.ignored }, decision);
    const narrowed = narrowedByScopes(parameters, app.scopeFilters);
    requireAffordable(narrowed);
    return narrowed;
  }

  private async auditRefusal({ app, target, requestId }: KickOff, error: FhirError): Promise<void> {
    await this.refusals.record({
      action: 'export.refused',
      outcome: 'refused',
      appId: app.appId,
      ...groupOf(target),
      requestId,
      detail: { level: target.level, status: error.status, code: error.code },
    });
  }
}

/** What is exported, never whose data: ids of patients do not belong into the audit record. */
function auditDetail(
  { level }: ExportTarget,
  { types, patients }: ExportParameters,
): AuditEvent['detail'] {
  return { level, types, ...(patients && { patients: patients.length }) };
}

function groupOf(target: ExportTarget): { readonly groupId?: string } {
  return target.level === 'group' && isFhirId(target.groupId) ? { groupId: target.groupId } : {};
}
