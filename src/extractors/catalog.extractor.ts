import type { ResourceType } from '@app/fhir';

import type { CatalogEntry } from './resource-catalog';
import type { ExportScope, ResourceExtractor, View } from './resource-extractor';
import { asOf, cohort, literal, members, slotOfId, slotsOf, time } from './sql';
import { wholeStore } from './whole-store';

/** The extractor of every type that its catalog row describes completely. */
export class CatalogExtractor implements ResourceExtractor {
  readonly divisible = true;
  readonly byDefault: boolean;

  constructor(
    readonly type: ResourceType,
    private readonly entry: CatalogEntry,
  ) {
    this.byDefault = !('onlyWhenNamed' in entry);
  }

  select(scope: ExportScope, view?: View): string {
    if (scope.level === 'system') return wholeStore(this.type, scope, view);
    const branches = {
      patient: () => [this.ownCompartment(scope, view), this.furtherCompartments(scope, view)],
      linked: () => [this.linked(scope, view)],
      'owned-or-linked': () => [this.ownCompartment(scope, view), this.linked(scope, view)],
      custom: () => [],
    }[this.entry.kind]();
    return branches.join('\nunion all\n');
  }

  private ownCompartment(scope: ExportScope, view?: View): string {
    return asOf(this.type, scope, `v.patient_id in (${members(scope)})`, view);
  }

  /**
   * Resources of somebody outside the cohort that are in a member's compartment as well. One that is
   * in several members' compartments goes to the part of the first, so that it appears once.
   */
  private furtherCompartments(scope: ExportScope, view?: View): string {
    const job = literal(scope.jobId);
    const t = time(scope.transactionTime);
    const first = `
      select c.id, min(m.slot) as slot
      from clinical.compartment c
      join ${cohort(scope)} m on m.patient_id = c.patient_id and m.job_id = ${job}
      where c.type = ${literal(this.type)} and c.valid_from <= ${t} and c.valid_to > ${t}
      group by c.id`;
    return asOf(
      this.type,
      scope,
      `v.id in (select f.id from (${first}) f where true${slotsOf('f.slot', scope)})
       and not exists (select from ${cohort(scope)} m
                       where m.job_id = ${job} and m.patient_id = v.patient_id)`,
      view,
    );
  }

  private linked(scope: ExportScope, view?: View): string {
    return asOf(
      this.type,
      scope,
      `v.patient_id is null${slotsOf(slotOfId('v.id'), scope)}
       and v.id in (
         select l.target_id
         from clinical.patient_link l
         join ${cohort(scope)} m on m.patient_id = l.patient_id and m.job_id = ${literal(scope.jobId)}
         where l.target_type = ${literal(this.type)} and l.first_seen <= ${time(scope.transactionTime)})`,
      view,
    );
  }
}
