import type { ResourceType } from '@app/fhir';

import { validAt } from '../clinical-data';
import {
  allMembers,
  bucketOfId,
  inBuckets,
  isOutsideCohort,
  joinCohort,
  type Membership,
  ownedByMembers,
} from '../cohort';
import { literal, time } from '../database';
import { byPatient } from './by-patient';
import { isSmallCohort } from './cohort-size';
import type { CatalogEntry } from './resource-catalog';
import type { ExportScope, ResourceExtractor, View } from './resource-extractor';
import { asOf, hasSince, unchanged } from './sql';
import { restOfStore, wholeStore } from './whole-store';

const UNION = '\nunion all\n';

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
    const owned = ['patient', 'owned-or-linked'].includes(this.entry.kind);
    const own = owned ? this.ownCompartment(scope, view) : [];
    return [...own, ...this.others(scope, view)].join(UNION);
  }

  besideCompartments(scope: ExportScope): readonly string[] {
    return scope.level === 'system' ? restOfStore(this.type, scope) : this.others(scope);
  }

  /** What is not in the own compartment of a member of the cohort. */
  private others(scope: ExportScope, view?: View): readonly string[] {
    return {
      patient: () => this.furtherCompartments(scope, view),
      linked: () => this.linked(scope, view),
      'owned-or-linked': () => this.linked(scope, view),
      custom: () => [],
    }[this.entry.kind]();
  }

  byPatient(scope: ExportScope, columns: string): string {
    return byPatient(this.type, this.entry, scope, columns);
  }

  everyOne(scope: ExportScope, view: View): string | undefined {
    return scope.level === 'system' ? asOf(this.type, scope, 'true', view) : undefined;
  }

  private ownCompartment(scope: ExportScope, view?: View): readonly string[] {
    const changedOnes = asOf(this.type, scope, ownedByMembers(scope.cohort), view);
    if (!hasSince(scope)) return [changedOnes];
    return [
      changedOnes,
      unchanged(this.type, scope, ownedByMembers(scope.cohort, 'newcomers'), view),
    ];
  }

  /**
   * Resources of somebody outside the cohort that are in a member's compartment as well. One that is
   * in several members' compartments goes to the part of the first, so that it appears once.
   */
  private furtherCompartments(scope: ExportScope, view?: View): readonly string[] {
    const shared = `
      select c.id, min(m.slot) as slot, bool_and(m.newcomer) as of_newcomers
      from clinical.compartment c
      ${joinCohort('c.patient_id', scope.cohort)}
      where c.type = ${literal(this.type)} and ${validAt('c', time(scope.transactionTime))}
      group by c.id`;
    const among = (condition: string): string => `
       v.id in (select f.id from (${shared}) f where ${condition}${inBuckets('f.slot', scope.cohort)})
       and ${isOutsideCohort('v.patient_id', scope.cohort)}`;
    const all = asOf(this.type, scope, among('true'), view);
    if (!hasSince(scope)) return [all];
    return [all, unchanged(this.type, scope, among('f.of_newcomers'), view)];
  }

  private linked(scope: ExportScope, view?: View): readonly string[] {
    const links = (at: string, which?: Membership): string => `
         clinical.link l
         ${joinCohort('l.patient_id', scope.cohort, which)}
         where l.target_type = ${literal(this.type)} and ${validAt('l', time(at))}`;
    const among = (ids: string): string =>
      `v.patient_id is null${inBuckets(bucketOfId('v.id'), scope.cohort)} and v.id in (${ids})`;
    const linksNow = links(scope.transactionTime);
    const linked = isSmallCohort(scope.plan)
      ? this.linksOfEach(scope)
      : `select l.target_id from ${linksNow}`;
    const all = asOf(this.type, scope, among(linked), view);
    if (!hasSince(scope)) return [all];
    // Resources that the cohort could not reach at `since`: through a newcomer, or a new link.
    const unknown = `${among(`
         select l.target_id from ${linksNow} and l.valid_from > ${time(scope.since)}
         union all
         select l.target_id from ${links(scope.transactionTime, 'newcomers')}`)}
         and not exists (select from ${links(scope.since, 'known')} and l.target_id = v.id)`;
    return [all, unchanged(this.type, scope, unknown, view)];
  }

  /** Member by member: what everybody is linked to would be asked for everybody otherwise. */
  private linksOfEach(scope: ExportScope): string {
    return `select l.target_id from (${allMembers(scope.cohort)}) m cross join lateral (
         select l.target_id from clinical.link l
         where l.patient_id = m.patient_id and l.target_type = ${literal(this.type)}
           and ${validAt('l', time(scope.transactionTime))}
         offset 0) l`;
  }
}
