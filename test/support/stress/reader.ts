import { type Committed, keyOf, type Stay } from './committed';

/**
 * What an export must hold at an instant, worked out from the writers' own logs: no SQL, and nothing of
 * the service. Lines by `Type/id`.
 */
export class Reader {
  private readonly byKey = new Map<string, Committed[]>();

  constructor(
    log: readonly Committed[],
    private readonly stays: readonly Stay[],
  ) {
    for (const entry of log) {
      const versions = this.byKey.get(keyOf(entry));
      if (versions) versions.push(entry);
      else this.byKey.set(keyOf(entry), [entry]);
    }
    for (const versions of this.byKey.values()) versions.sort((a, b) => a.version - b.version);
  }

  /** Of the members of the group at that time. */
  ofGroup(time: string): ReadonlyMap<string, string> {
    return this.of(new Set(this.membersAt(time)), time);
  }

  /** Of every patient that exists at that time. */
  ofEveryone(time: string): ReadonlyMap<string, string> {
    const patients = [...this.at(time).values()].filter(({ type }) => type === 'Patient');
    return this.of(new Set(patients.map(({ id }) => id)), time);
  }

  membersAt(time: string): readonly string[] {
    return this.stays
      .filter(({ from, to }) => from <= time && (to === undefined || to > time))
      .map(({ patient }) => patient);
  }

  private of(cohort: ReadonlySet<string>, time: string): ReadonlyMap<string, string> {
    const state = this.at(time);
    const lines = new Map<string, string>();
    const isOwn = ({ patients }: Committed): boolean => patients.some((one) => cohort.has(one));
    const linked = this.linkedTo(cohort, time);
    for (const [key, entry] of state) {
      const goesAlong =
        entry.type === 'Provenance'
          ? entry.targets.some((target) => {
              const about = state.get(target);
              return about !== undefined && isOwn(about);
            })
          : isOwn(entry) || linked.has(key);
      if (goesAlong) lines.set(key, entry.content);
    }
    return lines;
  }

  /** The latest version of everything that exists. */
  private at(time: string): ReadonlyMap<string, Committed> {
    const state = new Map<string, Committed>();
    for (const [key, versions] of this.byKey) {
      const latest = versions.findLast(({ lastUpdated }) => lastUpdated <= time);
      if (latest && !latest.deleted) state.set(key, latest);
    }
    return state;
  }

  /** Whatever a version of a patient's resources has ever pointed at: links are never undone. */
  private linkedTo(cohort: ReadonlySet<string>, time: string): ReadonlySet<string> {
    const linked = new Set<string>();
    for (const versions of this.byKey.values()) {
      for (const { lastUpdated, patients, links } of versions) {
        if (lastUpdated > time || !patients.some((one) => cohort.has(one))) continue;
        for (const link of links) linked.add(link);
      }
    }
    return linked;
  }
}
