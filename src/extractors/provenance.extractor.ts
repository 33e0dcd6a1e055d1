import { validAt } from '../clinical-data';
import { ALL_BUCKETS, bucketOfId, type CohortShare, inBuckets } from '../cohort';
import { literal, time } from '../database';
import { isSmallCohort, isNearlyEveryone } from './cohort-size';
import { newestOfEach } from './newest-provenance';
import {
  isAboutMembers,
  newlyAboutMembers,
  provenanceByMember,
  provenanceOfMembers,
} from './provenance-of-members';
import type { ExportScope, ResourceExtractor, View } from './resource-extractor';
import { asOf, hasSince, listedTypes, unchanged } from './sql';
import { wholeStore } from './whole-store';

/**
 * Provenance along with the resources that it is about, of the types that the provenance policy names.
 * A Provenance of several members' resources appears once.
 *
 * - By default: what has at least one target in a member's compartment (PR-67), of a whole system all,
 *   unless scopes hide resources that it might be about.
 * - Asked for by `includeAssociatedData`: what is about a resource that this export gives, within its
 *   `since`, `until` and filters (PR-61, PR-62). The Provenance itself may be older: it is added after
 *   those cuts (PM-01). Its own filters hold even so.
 */
export class ProvenanceExtractor implements ResourceExtractor {
  readonly type = 'Provenance';
  readonly byDefault = true;
  readonly divisible = true;

  /** @param others the extractors of all other types */
  constructor(private readonly others: readonly ResourceExtractor[]) {}

  select(scope: ExportScope, view?: View): string {
    if (scope.provenance !== undefined) return this.ofGiven(scope, view);
    if (scope.level === 'system') {
      return wholeStore(this.type, scope, scope.restricted ? onlyAbout(scope, view) : view);
    }
    // Of little each one is looked at; where nearly all is given, the first look decides.
    const eachIsLookedAt =
      hasSince(scope) || view?.only !== undefined || isNearlyEveryone(scope.plan);
    if (!eachIsLookedAt) return this.ofMembers(scope, view);
    const about = `${isAboutMembers('v.id', scope)}${inBuckets(bucketOfId('v.id'), scope.cohort)}`;
    const all = asOf(this.type, scope, about, view);
    if (!hasSince(scope)) return all;
    // It has not changed, but its target has come since, or has come to a member, or is a newcomer's.
    const unknown = `v.id in (${newlyAboutMembers(scope)}) and ${about}
      and not ${isAboutMembers('v.id', scope, scope.since, 'known')}`;
    return `${all}\nunion all\n${unchanged(this.type, scope, unknown, view)}`;
  }

  /** PostgreSQL cannot guess how few a few members have, and would read all: it is given a list to look up. */
  private ofMembers(scope: ExportScope, view?: View): string {
    const ids = provenanceOfMembers(scope);
    if (!isSmallCohort(scope.plan)) return asOf(this.type, scope, `v.id in (${ids})`, view);
    const listed = asOf(this.type, scope, 'v.id = any (array(select w.id from wanted w))', view);
    return `with wanted (id) as materialized (${ids})\n${listed}`;
  }

  byPatient(scope: ExportScope, columns: string): string {
    const { provenance, transactionTime } = scope;
    const inBlocksOf = (pairs: string): View => ({
      columns,
      join: `join (select distinct * from (${pairs}) p) m (id, patient_id) on m.id = v.id`,
    });
    if (provenance !== undefined) {
      return asOf(this.type, undated(scope), 'true', inBlocksOf(this.ofGivenByPatient(scope)));
    }
    const about = provenanceByMember(scope, transactionTime);
    const changed = asOf(this.type, scope, 'true', inBlocksOf(about));
    if (!hasSince(scope)) return changed;
    const unknown = `(${about}) except (${provenanceByMember(scope, scope.since, 'known')})`;
    return `${changed}\nunion all\n${unchanged(this.type, scope, 'true', inBlocksOf(unknown))}`;
  }

  private ofGivenByPatient(scope: ExportScope): string {
    const given = this.others
      .filter(({ type }) => scope.provenanceOf.includes(type))
      .flatMap((extractor) => {
        const own = { ...scope, filters: scope.filtersOf?.(extractor.type) };
        const columns = `${literal(extractor.type)}::text, v.id, m.patient_id`;
        return extractor.byPatient?.(own, columns) ?? [];
      });
    const one = this.ofGiven({ ...scope, cohort: whole(scope.cohort) }, { columns: 'v.id' });
    return `
      select t.provenance_id, given.patient_id
      from clinical.provenance_target t
      join (${given.join('\nunion all\n') || 'select null, null, null where false'}) given (type, id, patient_id)
        on given.type = t.target_type and given.id = t.target_id
      where ${validAt('t', time(scope.transactionTime))} and t.provenance_id in (${one})`;
  }

  private ofGiven(scope: ExportScope, view?: View): string {
    const about = `select t.provenance_id, t.target_type, t.target_id
      from clinical.provenance_target t
      join (${this.given(scope)}) given (type, id) on given.type = t.target_type and given.id = t.target_id
      where ${validAt('t', time(scope.transactionTime))}`;
    const ids =
      scope.provenance === 'latest'
        ? newestOfEach(about, undated(scope))
        : `select about.provenance_id from (${about}) about`;
    const where = `v.id in (${ids})${inBuckets(bucketOfId('v.id'), scope.cohort)}`;
    return asOf(this.type, undated(scope), where, view);
  }

  /** Type and id of every resource that the export gives besides Provenance. */
  private given(scope: ExportScope): string {
    const given = this.others
      .filter(({ type }) => scope.provenanceOf.includes(type))
      .map((extractor) => {
        const { type } = extractor;
        const own = { ...scope, cohort: whole(scope.cohort), filters: scope.filtersOf?.(type) };
        return extractor.select(own, { columns: `${literal(type)}::text, v.id` });
      });
    return given.join('\nunion all\n') || 'select null, null where false';
  }
}

/** What has a target of the types whose Provenance goes along. */
function onlyAbout(scope: ExportScope, view: View = { columns: 'v.content' }): View {
  const about = `v.id in (select t.provenance_id from clinical.provenance_target t
    where t.target_type in (${listedTypes(scope.provenanceOf)}) and ${validAt('t', time(scope.transactionTime))})`;
  return { ...view, only: [view.only, about].filter((one) => one !== undefined).join(' and ') };
}

function undated(scope: ExportScope): ExportScope {
  return { ...scope, since: undefined, until: undefined };
}

function whole(cohort: CohortShare): CohortShare {
  return { ...cohort, buckets: ALL_BUCKETS };
}
