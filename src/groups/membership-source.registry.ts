import { Inject, Injectable } from '@nestjs/common';

import { FhirError } from '../common';
import { GROUP_SOURCES, type GroupRecord } from './group';
import { MEMBERSHIP_SOURCES, type MembershipSource } from './membership-source';

/** Finds the membership source of a group. Start-up fails on a kind without one, or with two. */
@Injectable()
export class MembershipSourceRegistry {
  private readonly sources: ReadonlyMap<string, MembershipSource>;

  constructor(@Inject(MEMBERSHIP_SOURCES) sources: readonly MembershipSource[]) {
    const kinds: readonly string[] = sources.map(({ kind }) => kind);
    const known: readonly string[] = GROUP_SOURCES;
    const faults = [
      ...kinds.filter((kind) => !known.includes(kind)).map((kind) => `${kind} is unknown`),
      ...known.flatMap((kind) => {
        const found = kinds.filter((other) => other === kind).length;
        return found === 1 ? [] : [`${kind} has ${found} sources`];
      }),
    ];
    if (faults.length > 0) throw new Error(`Membership sources: ${faults.join(', ')}.`);
    this.sources = new Map(sources.map((source) => [source.kind, source]));
  }

  /** @throws FhirError 422 for a group of a kind that this release cannot resolve (GR-09). */
  of(group: GroupRecord): MembershipSource {
    const source = this.sources.get(group.source);
    if (source !== undefined) return source;
    throw new FhirError(
      `Group ${group.id} is of the kind "${group.source}", which this server cannot resolve to members.`,
      { status: 422, code: 'not-supported', expression: ['Group'] },
    );
  }
}
