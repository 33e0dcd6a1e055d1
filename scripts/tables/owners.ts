/** Who owns a relation, and who else may read it. What is not named here is refused. */
interface Ownership {
  readonly owners: readonly string[];
  readonly readers?: readonly string[];
}

const store: Ownership = { owners: ['clinical-data', 'feed'] };
/** What was true at an instant: read by whoever gives data. */
const asOf: Ownership = {
  owners: ['clinical-data', 'feed'],
  readers: ['cohort', 'extractors', 'groups', 'packed-segments', 'resources'],
};
const packed: Ownership = { owners: ['packed-segments'] };
const cohort: Ownership = { owners: ['cohort'] };
const jobs: Ownership = { owners: ['export-jobs'] };
const auth: Ownership = { owners: ['auth'] };
const groups: Ownership = { owners: ['groups'] };

/** Every table and view of the schema. A module that is no owner imports functions of one. */
export const OWNERSHIP: Readonly<Record<string, Ownership>> = {
  'audit.event': { owners: ['audit'] },
  'auth.app': auth,
  'auth.operator_session': auth,
  'auth.used_assertion': auth,
  'clinical.compartment': asOf,
  'clinical.known_base': store,
  'clinical.link': asOf,
  'clinical.packed_member': packed,
  'clinical.packed_note': packed,
  'clinical.packed_segment': packed,
  'clinical.patient_link': store,
  'clinical.promise': store,
  'clinical.provenance_target': asOf,
  'clinical.resource': store,
  'clinical.resource_history': store,
  'clinical.resource_link': store,
  'clinical.store_clock': store,
  'clinical.unresolved_reference': store,
  'clinical.version': asOf,
  'export.cohort_group': cohort,
  'export.cohort_member': cohort,
  'export.departed_member': cohort,
  'export.file': jobs,
  'export.job': jobs,
  'export.part': jobs,
  'export.patient_number': cohort,
  'export.recorded_cohort': cohort,
  'export.turn': jobs,
  'feed.batch': { owners: ['feed'] },
  'feed.feed': { owners: ['feed'] },
  'feed.followed': { owners: ['feed'] },
  'feed.rejected_line': { owners: ['feed'] },
  'groups.group_version': groups,
  'groups.member': groups,
  'groups.patient_group': groups,
  'groups.roster_entry': groups,
  'service.clock': { owners: ['database'] },
};

/** A module that names a relation of others, and why it may. */
export interface Exception {
  readonly module: string;
  readonly relation: string;
  readonly why: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    module: 'cohort',
    relation: 'export.job',
    why: 'whether a cohort continues an earlier export is decided by the plan, and kept with the job',
  },
  {
    module: 'database',
    relation: 'clinical.store_clock',
    why: 'the present is never before an instant that was promised to an export',
  },
  {
    module: 'export-jobs',
    relation: 'service.clock',
    why: 'what is kept by the timer is told to clients as a time of day',
  },
  {
    module: 'export-jobs',
    relation: 'auth.app',
    why: 'turns are weighed by app in the statement that claims: a claim locks its rows once',
  },
  {
    module: 'export-jobs',
    relation: 'audit.event',
    why: 'how often a file was downloaded is on record there, and operators are shown it with the file',
  },
  {
    module: 'groups',
    relation: 'clinical.resource',
    why: 'members are named, and included, as their Patients are now',
  },
  {
    module: 'packed-segments',
    relation: 'clinical.resource',
    why: 'what is packed are latest versions, found by the index of their time',
  },
  {
    module: 'resources',
    relation: 'clinical.resource',
    why: 'a resource is read as it is now, not as of an export',
  },
  {
    module: 'packed-segments',
    relation: 'export.job',
    why: 'packing gives way while exports wait or run',
  },
];
